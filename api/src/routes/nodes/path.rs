//! What stands in the paths of nodes.

use gpuaas_domain::id::{EnrollmentId, NodeId};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::views::vocabulary;

/// A node.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct NodePath {
    /// The node's id.
    #[param(value_type = vocabulary::NodeId)]
    pub(super) node_id: NodeId,
}

/// An enrollment token of a node.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct EnrollmentPath {
    /// The node's id.
    #[param(value_type = vocabulary::NodeId)]
    pub(super) node_id: NodeId,
    /// The enrollment token's id.
    #[param(value_type = vocabulary::EnrollmentId)]
    pub(super) enrollment_id: EnrollmentId,
}
