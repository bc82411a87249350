//! Nodes: registered by an operator, enrolled by their agents, banned and unbanned, removed.

mod bans;
mod enrollments;
mod path;
mod removal;
mod tasks;

use axum::Json;
use axum::extract::State;
use gpuaas_commands::handlers::node::RegisterNode;
use gpuaas_commands::{Action, Scope};
use gpuaas_domain::Code;
use gpuaas_domain::bounded::Text;
use gpuaas_domain::node::Node;
use gpuaas_projections::queries::Filter;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::Shared;
use crate::http::answer::{Changed, Found};
use crate::http::mutation::NoPath;
use crate::http::page::Page;
use crate::http::{Mutation, Problem, Read, ReadOne};
use crate::reads::Wanted;
use crate::resource::Resource;
use crate::views::node::{NewNode, NodeStatus, NodeView};
use path::NodePath;

/// The routes of nodes.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, register))
        .routes(routes!(get, removal::remove))
        .routes(routes!(enrollments::issue))
        .routes(routes!(enrollments::revoke))
        .routes(routes!(bans::ban))
        .routes(routes!(bans::unban))
        .routes(routes!(tasks::list))
        .routes(routes!(tasks::ask_runtime_status))
}

/// Which nodes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Nodes {
    /// With exactly this name.
    #[param(max_length = 48)]
    name: Option<String>,
    /// With this status.
    status: Option<NodeStatus>,
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// Lists the nodes.
#[utoipa::path(get, path = "/api/v1/nodes", tag = "nodes", operation_id = "list_nodes", params(Nodes),
    responses((status = 200, description = "A page, by name", body = Page<NodeView>)))]
pub(super) async fn list(
    State(app): State<Shared>,
    read: Read<NoPath, Nodes>,
) -> Result<Json<Page<NodeView>>, Problem> {
    read.allow(&app, Action::ReadNodes, Scope::Platform).await?;
    let Nodes { name, status, limit, cursor } = read.query;
    let statuses = status.map(|status| status.as_str().to_owned()).into_iter().collect();
    let filter = Filter { name, statuses, ..Filter::default() };
    let (found, next_cursor) = app.reads.list::<Node>(&filter, Wanted { limit, cursor, by_name: true }).await?;
    let items = found.into_iter().map(NodeView::of).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next_cursor }))
}

/// Registers a node. An agent may enroll as it with an enrollment token.
#[utoipa::path(post, path = "/api/v1/nodes", tag = "nodes", operation_id = "register_node", request_body = NewNode,
    responses((status = 201, description = "The new node", body = NodeView)))]
pub(super) async fn register(
    State(app): State<Shared>,
    mutation: Mutation<NoPath, NewNode>,
) -> Result<Changed<NodeView>, Problem> {
    let NewNode { name, simulated } = mutation.body;
    let name = Text::new(name).map_err(|error| Problem::at(Code::InvalidField, "name", error.to_string()))?;
    let answer = app.engine.execute(&mutation.context, &RegisterNode { name, simulated }).await?;
    let view = NodeView::of(Resource::of_answer(&app, &answer).await?)?;
    let location = format!("/api/v1/nodes/{}", view.id);
    Ok(Changed::new(&app, &answer, view).created(mutation.context.dry_run, location))
}

/// Shows a node.
#[utoipa::path(get, path = "/api/v1/nodes/{node_id}", tag = "nodes", operation_id = "get_node", params(NodePath),
    responses((status = 200, description = "The node", body = NodeView)))]
pub(super) async fn get(State(app): State<Shared>, read: ReadOne<NodePath>) -> Result<Found<NodeView>, Problem> {
    read.allow(&app, Action::ReadNodes, Scope::Platform).await?;
    let found = read.one::<Node>(&app, read.path.node_id).await?;
    Ok(Found { version: found.version, view: NodeView::of(found)? })
}
