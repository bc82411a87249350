//! The end of a node.

use axum::extract::State;
use gpuaas_commands::handlers::node::RemoveNode;

use super::path::NodePath;
use crate::app::Shared;
use crate::http::answer::Changed;
use crate::http::mutation::NoBody;
use crate::http::{Mutation, Problem};
use crate::resource::Resource;
use crate::views::node::NodeView;

/// Removes a node that is gone for good. What was on it is taken for gone: its workloads are
/// decommissioned and its allocations released, without the node being asked. A node that is
/// online has to be banned before.
#[utoipa::path(delete, path = "/api/v1/nodes/{node_id}", tag = "nodes", operation_id = "remove_node",
    params(NodePath), responses((status = 200, description = "The removed node", body = NodeView)))]
pub(in crate::routes) async fn remove(
    State(app): State<Shared>,
    mutation: Mutation<NodePath, NoBody>,
) -> Result<Changed<NodeView>, Problem> {
    let answer = app.engine.execute(&mutation.context, &RemoveNode { node: mutation.path.node_id }).await?;
    let view = NodeView::of(Resource::of_answer(&app, &answer).await?)?;
    Ok(Changed::new(&app, &answer, view))
}
