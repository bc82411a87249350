//! What a node is told to do.

use axum::Json;
use axum::extract::State;
use gpuaas_commands::handlers::node_task::RequestRuntimeStatus;
use gpuaas_commands::{Action, Scope};
use gpuaas_domain::id::TypedId as _;
use gpuaas_domain::node::Node;
use gpuaas_domain::node_task::NodeTask;
use gpuaas_projections::queries::Filter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::path::NodePath;
use crate::app::Shared;
use crate::http::answer::Changed;
use crate::http::mutation::NoBody;
use crate::http::page::Page;
use crate::http::{Mutation, Problem, Read};
use crate::reads::Wanted;
use crate::resource::Resource;
use crate::views::node_task::{NodeTaskStatus, NodeTaskView};

/// Which tasks.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Tasks {
    /// That have come this far.
    status: Option<NodeTaskStatus>,
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// Lists a node's tasks.
#[utoipa::path(get, path = "/api/v1/nodes/{node_id}/tasks", tag = "nodes", operation_id = "list_node_tasks",
    params(NodePath, Tasks),
    responses((status = 200, description = "A page, the oldest first", body = Page<NodeTaskView>)))]
pub(in crate::routes) async fn list(
    State(app): State<Shared>,
    read: Read<NodePath, Tasks>,
) -> Result<Json<Page<NodeTaskView>>, Problem> {
    read.allow(&app, Action::ReadNodes, Scope::Platform).await?;
    let node = app.reads.one::<Node>(read.path.node_id).await?;
    let Tasks { status, limit, cursor } = read.query;
    let statuses = status.map(|status| status.as_str().to_owned()).into_iter().collect();
    let filter = Filter { parent: Some(node.id.uuid()), statuses, ..Filter::default() };
    let (found, next_cursor) = app.reads.list::<NodeTask>(&filter, Wanted { limit, cursor, by_name: false }).await?;
    let items = found.into_iter().map(NodeTaskView::of).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next_cursor }))
}

/// Asks a node what its container engine can do. The node says so as its runtime, when
/// the task is done.
#[utoipa::path(post, path = "/api/v1/nodes/{node_id}/runtime-status", tag = "nodes",
    operation_id = "request_runtime_status", params(NodePath),
    responses((status = 202, description = "The task that asks", body = NodeTaskView)))]
pub(in crate::routes) async fn ask_runtime_status(
    State(app): State<Shared>,
    mutation: Mutation<NodePath, NoBody>,
) -> Result<Changed<NodeTaskView>, Problem> {
    let answer = app.engine.execute(&mutation.context, &RequestRuntimeStatus { node: mutation.path.node_id }).await?;
    let view = NodeTaskView::of(Resource::of_answer(&app, &answer).await?)?;
    Ok(Changed::new(&app, &answer, view).under_way(mutation.context.dry_run))
}
