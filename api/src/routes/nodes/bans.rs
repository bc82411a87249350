//! Bans: nothing is accepted from the node, and what is open of it ends at once.

use axum::extract::State;
use gpuaas_commands::handlers::node::{BanNode, UnbanNode};

use super::path::NodePath;
use crate::app::Shared;
use crate::http::answer::Changed;
use crate::http::mutation::NoBody;
use crate::http::{Mutation, Problem};
use crate::resource::Resource;
use crate::views::node::NodeView;

/// Bans a node: nothing more is accepted from it, and its connections end.
#[utoipa::path(post, path = "/api/v1/nodes/{node_id}/ban", tag = "nodes", operation_id = "ban_node", params(NodePath),
    responses((status = 200, description = "The banned node", body = NodeView)))]
pub(in crate::routes) async fn ban(
    State(app): State<Shared>,
    mutation: Mutation<NodePath, NoBody>,
) -> Result<Changed<NodeView>, Problem> {
    let answer = app.engine.execute(&mutation.context, &BanNode { node: mutation.path.node_id }).await?;
    let view = NodeView::of(Resource::of_answer(&app, &answer).await?)?;
    Ok(Changed::new(&app, &answer, view))
}

/// Lets a banned node be used again.
#[utoipa::path(post, path = "/api/v1/nodes/{node_id}/unban", tag = "nodes", operation_id = "unban_node",
    params(NodePath), responses((status = 200, description = "The node", body = NodeView)))]
pub(in crate::routes) async fn unban(
    State(app): State<Shared>,
    mutation: Mutation<NodePath, NoBody>,
) -> Result<Changed<NodeView>, Problem> {
    let answer = app.engine.execute(&mutation.context, &UnbanNode { node: mutation.path.node_id }).await?;
    let view = NodeView::of(Resource::of_answer(&app, &answer).await?)?;
    Ok(Changed::new(&app, &answer, view))
}
