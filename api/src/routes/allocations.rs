//! Allocations: slots of nodes that a project has, or waits for.

use axum::Json;
use axum::extract::State;
use gpuaas_commands::handlers::allocation::{CreateAllocation, ReleaseAllocation};
use gpuaas_commands::{Action, Answer};
use gpuaas_domain::allocation::Allocation;
use gpuaas_domain::id::{NodeId, TypedId as _};
use gpuaas_projections::queries::Filter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::path::{AllocationPath, InProject};
use super::scope;
use crate::app::{App, Shared};
use crate::http::answer::{Changed, Found};
use crate::http::mutation::NoBody;
use crate::http::page::Page;
use crate::http::{Mutation, Problem, Read, ReadOne};
use crate::reads::Wanted;
use crate::resource::Resource;
use crate::views::allocation::{AllocationStatus, AllocationView, NewAllocation};
use crate::views::vocabulary;

/// Which allocations.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Allocations {
    /// How they are; left out: any.
    status: Option<AllocationStatus>,
    /// With exactly this name.
    #[param(max_length = 120)]
    display_name: Option<String>,
    /// On this node.
    #[param(value_type = Option<vocabulary::NodeId>)]
    node_id: Option<NodeId>,
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// Lists the allocations of a project.
#[utoipa::path(get, path = "/api/v1/projects/{project_id}/allocations", tag = "allocations",
    operation_id = "list_allocations", params(InProject, Allocations),
    responses((status = 200, description = "A page, by age", body = Page<AllocationView>)))]
pub async fn list(
    State(app): State<Shared>,
    read: Read<InProject, Allocations>,
) -> Result<Json<Page<AllocationView>>, Problem> {
    let project = read.path.project_id;
    read.allow(&app, Action::ReadAllocations, scope::project(&app, project).await?).await?;
    let Allocations { status, display_name, node_id, limit, cursor } = read.query;
    let filter = Filter {
        project: Some(project),
        parent: node_id.map(NodeId::uuid),
        name: display_name,
        statuses: status.map(|status| status.as_str().to_owned()).into_iter().collect(),
        ..Filter::default()
    };
    let (found, next_cursor) = app.reads.list::<Allocation>(&filter, Wanted { limit, cursor, by_name: false }).await?;
    let items = found.into_iter().map(AllocationView::of).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next_cursor }))
}

/// Asks for an allocation. It is active where there is a place at once; otherwise it waits,
/// and says which nodes could not take it and why.
#[utoipa::path(post, path = "/api/v1/projects/{project_id}/allocations", tag = "allocations",
    operation_id = "create_allocation", params(InProject), request_body = NewAllocation,
    responses((status = 201, description = "The new allocation, active or waiting", body = AllocationView)))]
pub async fn create(
    State(app): State<Shared>,
    mutation: Mutation<InProject, NewAllocation>,
) -> Result<Changed<AllocationView>, Problem> {
    let project = mutation.path.project_id;
    let NewAllocation { sku_id: sku, display_name, wait_seconds } = mutation.body;
    let command = CreateAllocation { project, sku, display_name, wait_seconds };
    let answer = app.engine.execute(&mutation.context, &command).await?;
    let location = format!("/api/v1/projects/{project}/allocations/{}", answer.id);
    Ok(changed(&app, &answer).await?.created(mutation.context.dry_run, location))
}

/// Shows an allocation, and which nodes could not take it.
#[utoipa::path(get, path = "/api/v1/projects/{project_id}/allocations/{allocation_id}", tag = "allocations",
    operation_id = "get_allocation", params(AllocationPath),
    responses((status = 200, description = "The allocation", body = AllocationView)))]
pub async fn get(State(app): State<Shared>, read: ReadOne<AllocationPath>) -> Result<Found<AllocationView>, Problem> {
    let AllocationPath { project_id, allocation_id } = read.path;
    read.allow(&app, Action::ReadAllocations, scope::project(&app, project_id).await?).await?;
    let is_here = |state: &Allocation| state.requested().is_some_and(|requested| requested.project == project_id);
    let found = read.one_of(&app, allocation_id, is_here).await?;
    Ok(Found { version: found.version, view: AllocationView::of(found)? })
}

/// Gives an allocation back. What runs on it is decommissioned first; until then it is releasing.
#[utoipa::path(delete, path = "/api/v1/projects/{project_id}/allocations/{allocation_id}", tag = "allocations",
    operation_id = "release_allocation", params(AllocationPath),
    responses((status = 202, description = "The allocation, released or releasing", body = AllocationView)))]
pub async fn release(
    State(app): State<Shared>,
    mutation: Mutation<AllocationPath, NoBody>,
) -> Result<Changed<AllocationView>, Problem> {
    let AllocationPath { project_id: project, allocation_id: id } = mutation.path;
    let answer = app.engine.execute(&mutation.context, &ReleaseAllocation { project, id }).await?;
    Ok(changed(&app, &answer).await?.under_way(mutation.context.dry_run))
}

async fn changed(app: &App, answer: &Answer<Allocation>) -> Result<Changed<AllocationView>, Problem> {
    let view = AllocationView::of(Resource::of_answer(app, answer).await?)?;
    Ok(Changed::new(app, answer, view))
}
