//! Enrollment tokens.

use gpuaas_domain::enrollment::Enrollment;
use gpuaas_domain::id::{EnrollmentId, NodeId};
use gpuaas_relay::moment;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::vocabulary;
use crate::http::Problem;
use crate::resource::Resource;

/// A token by which one agent takes a node for its own; never the token itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EnrollmentToken)]
pub struct EnrollmentView {
    /// Its id.
    #[schema(value_type = vocabulary::EnrollmentId)]
    pub id: EnrollmentId,
    /// The node that it is for.
    #[schema(value_type = vocabulary::NodeId)]
    pub node_id: NodeId,
    /// Whether it can be used.
    pub status: EnrollmentStatus,
    /// Until when it can be used.
    #[schema(format = DateTime)]
    pub expires_at: String,
    /// When it was issued.
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// Whether an enrollment token can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EnrollmentStatus {
    /// It can, until it expires.
    Open,
    /// It was.
    Used,
    /// It cannot any more.
    Revoked,
}

/// A new enrollment token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEnrollment {
    /// For how many seconds it can be used.
    #[schema(minimum = 60, maximum = 86_400, default = 3_600)]
    pub expires_in: Option<u64>,
}

/// An enrollment token that was just issued. It is told this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssuedEnrollment {
    /// What is known of it from now on.
    pub enrollment: EnrollmentView,
    /// The token itself, not told again; null after a dry run.
    #[schema(format = Password)]
    pub token: Option<String>,
}

impl EnrollmentView {
    /// The view of an enrollment token.
    pub fn of(resource: Resource<Enrollment>) -> Result<Self, Problem> {
        let (created_at, _) = resource.times();
        let (issued, status) = match resource.state {
            Enrollment::Absent => return Err(Resource::<Enrollment>::missing()),
            Enrollment::Open(issued) => (issued, EnrollmentStatus::Open),
            Enrollment::Used { issued, .. } => (issued, EnrollmentStatus::Used),
            Enrollment::Revoked(issued) => (issued, EnrollmentStatus::Revoked),
        };
        let expires_at = moment::print(issued.expires_at);
        Ok(Self { id: resource.id, node_id: issued.node, status, expires_at, created_at })
    }
}
