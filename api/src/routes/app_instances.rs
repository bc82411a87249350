//! App instances: workloads on allocations. What is asked of them takes its time, so the
//! answer is the resource to watch.

use axum::Json;
use axum::extract::State;
use gpuaas_commands::handlers::app_instance::{
    CancelInstance, DecommissionInstance, LaunchInstance, RestartInstance, StartInstance, StopInstance,
};
use gpuaas_commands::{Action, Answer, Command, Context};
use gpuaas_domain::app_instance::{AppInstance, Phase};
use gpuaas_domain::id::{AllocationId, TypedId as _};
use gpuaas_domain::profile::{Given, Overrides};
use gpuaas_projections::queries::Filter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::path::{AppInstancePath, InProject};
use super::scope;
use crate::app::{App, Shared};
use crate::http::answer::{Changed, Found};
use crate::http::mutation::NoBody;
use crate::http::page::Page;
use crate::http::{Mutation, Problem, Read, ReadOne};
use crate::reads::Wanted;
use crate::resource::Resource;
use crate::views::app_instance::{AppInstanceView, NewAppInstance};
use crate::views::vocabulary;

/// Which app instances.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AppInstances {
    /// Where they are in their life; left out: anywhere.
    #[param(value_type = Option<vocabulary::InstancePhase>)]
    status: Option<Phase>,
    /// With exactly this name.
    #[param(max_length = 120)]
    display_name: Option<String>,
    /// On this allocation.
    #[param(value_type = Option<vocabulary::AllocationId>)]
    allocation_id: Option<AllocationId>,
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// Lists the app instances of a project.
#[utoipa::path(get, path = "/api/v1/projects/{project_id}/app-instances", tag = "app instances",
    operation_id = "list_app_instances", params(InProject, AppInstances),
    responses((status = 200, description = "A page, by age", body = Page<AppInstanceView>)))]
pub async fn list(
    State(app): State<Shared>,
    read: Read<InProject, AppInstances>,
) -> Result<Json<Page<AppInstanceView>>, Problem> {
    let project = read.path.project_id;
    read.allow(&app, Action::ReadInstances, scope::project(&app, project).await?).await?;
    let AppInstances { status, display_name, allocation_id, limit, cursor } = read.query;
    let filter = Filter {
        project: Some(project),
        parent: allocation_id.map(AllocationId::uuid),
        name: display_name,
        statuses: status.map(|status| status.as_str().to_owned()).into_iter().collect(),
        ..Filter::default()
    };
    let (found, next_cursor) = app.reads.list::<AppInstance>(&filter, Wanted { limit, cursor, by_name: false }).await?;
    let items = found.into_iter().map(AppInstanceView::of).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next_cursor }))
}

/// Launches a version of an app on an allocation. All checks are made together, before
/// anything is queued; each that fails is told with its code.
#[utoipa::path(post, path = "/api/v1/projects/{project_id}/app-instances", tag = "app instances",
    operation_id = "launch_app_instance", params(InProject), request_body = NewAppInstance,
    responses((status = 202, description = "The new instance, which is being launched", body = AppInstanceView)))]
pub async fn launch(
    State(app): State<Shared>,
    mutation: Mutation<InProject, NewAppInstance>,
) -> Result<Changed<AppInstanceView>, Problem> {
    let project = mutation.path.project_id;
    let command = LaunchInstance {
        project,
        app_slug: mutation.body.app_slug,
        app_version: mutation.body.app_version,
        display_name: mutation.body.display_name,
        allocation: mutation.body.placement_intent.target_allocation_id,
        artifact: mutation.body.artifact_id,
        given: Given {
            config: mutation.body.config,
            resource_overrides: Overrides {
                gpu_count: mutation.body.resource_overrides.gpu_count,
                cpu_cores: mutation.body.resource_overrides.cpu_cores,
                memory_gib: mutation.body.resource_overrides.memory_gib,
            },
        },
        environment: app.environment.clone(),
    };
    let answer = app.engine.execute(&mutation.context, &command).await?;
    let location = format!("/api/v1/projects/{project}/app-instances/{}", answer.id);
    let created = changed(&app, &answer).await?.created(mutation.context.dry_run, location);
    Ok(created.under_way(mutation.context.dry_run))
}

/// Shows an app instance, and what it waits for.
#[utoipa::path(get, path = "/api/v1/projects/{project_id}/app-instances/{app_instance_id}", tag = "app instances",
    operation_id = "get_app_instance", params(AppInstancePath),
    responses((status = 200, description = "The instance", body = AppInstanceView)))]
pub async fn get(State(app): State<Shared>, read: ReadOne<AppInstancePath>) -> Result<Found<AppInstanceView>, Problem> {
    let AppInstancePath { project_id, app_instance_id } = read.path;
    read.allow(&app, Action::ReadInstances, scope::project(&app, project_id).await?).await?;
    let is_here =
        |state: &AppInstance| state.details().is_some_and(|instance| instance.requested.project == project_id);
    let found = read.one_of(&app, app_instance_id, is_here).await?;
    Ok(Found { version: found.version, view: AppInstanceView::of(found)? })
}

/// Removes an app instance: the same as decommission.
#[utoipa::path(delete, path = "/api/v1/projects/{project_id}/app-instances/{app_instance_id}",
    tag = "app instances", operation_id = "delete_app_instance", params(AppInstancePath),
    responses((status = 202, description = "The instance to watch", body = AppInstanceView)))]
pub async fn delete(
    State(app): State<Shared>,
    mutation: Mutation<AppInstancePath, NoBody>,
) -> Result<Changed<AppInstanceView>, Problem> {
    let AppInstancePath { project_id: project, app_instance_id: id } = mutation.path;
    asked(&app, &mutation.context, &DecommissionInstance { project, id }).await
}

/// Ends an app instance and keeps it.
#[utoipa::path(post, path = "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/stop",
    tag = "app instances", operation_id = "stop_app_instance", params(AppInstancePath),
    responses((status = 202, description = "The instance to watch", body = AppInstanceView)))]
pub async fn stop(
    State(app): State<Shared>,
    mutation: Mutation<AppInstancePath, NoBody>,
) -> Result<Changed<AppInstanceView>, Problem> {
    let AppInstancePath { project_id: project, app_instance_id: id } = mutation.path;
    asked(&app, &mutation.context, &StopInstance { project, id }).await
}

/// Lets an app instance run again.
#[utoipa::path(post, path = "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/start",
    tag = "app instances", operation_id = "start_app_instance", params(AppInstancePath),
    responses((status = 202, description = "The instance to watch", body = AppInstanceView)))]
pub async fn start(
    State(app): State<Shared>,
    mutation: Mutation<AppInstancePath, NoBody>,
) -> Result<Changed<AppInstanceView>, Problem> {
    let AppInstancePath { project_id: project, app_instance_id: id } = mutation.path;
    asked(&app, &mutation.context, &StartInstance { project, id }).await
}

/// Ends an app instance and lets it run again.
#[utoipa::path(post, path = "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/restart",
    tag = "app instances", operation_id = "restart_app_instance", params(AppInstancePath),
    responses((status = 202, description = "The instance to watch", body = AppInstanceView)))]
pub async fn restart(
    State(app): State<Shared>,
    mutation: Mutation<AppInstancePath, NoBody>,
) -> Result<Changed<AppInstanceView>, Problem> {
    let AppInstancePath { project_id: project, app_instance_id: id } = mutation.path;
    asked(&app, &mutation.context, &RestartInstance { project, id }).await
}

/// Leaves off what is under way: a launch or a start.
#[utoipa::path(post, path = "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/cancel",
    tag = "app instances", operation_id = "cancel_app_instance", params(AppInstancePath),
    responses((status = 202, description = "The instance to watch", body = AppInstanceView)))]
pub async fn cancel(
    State(app): State<Shared>,
    mutation: Mutation<AppInstancePath, NoBody>,
) -> Result<Changed<AppInstanceView>, Problem> {
    let AppInstancePath { project_id: project, app_instance_id: id } = mutation.path;
    asked(&app, &mutation.context, &CancelInstance { project, id }).await
}

/// Removes an app instance.
#[utoipa::path(post, path = "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/decommission",
    tag = "app instances", operation_id = "decommission_app_instance", params(AppInstancePath),
    responses((status = 202, description = "The instance to watch", body = AppInstanceView)))]
pub async fn decommission(
    State(app): State<Shared>,
    mutation: Mutation<AppInstancePath, NoBody>,
) -> Result<Changed<AppInstanceView>, Problem> {
    let AppInstancePath { project_id: project, app_instance_id: id } = mutation.path;
    asked(&app, &mutation.context, &DecommissionInstance { project, id }).await
}

/// Does what is asked of an instance; its node does the rest, which takes its time.
async fn asked<C: Command<Aggregate = AppInstance>>(
    app: &App,
    context: &Context,
    command: &C,
) -> Result<Changed<AppInstanceView>, Problem> {
    let answer = app.engine.execute(context, command).await?;
    Ok(changed(app, &answer).await?.under_way(context.dry_run))
}

async fn changed(app: &App, answer: &Answer<AppInstance>) -> Result<Changed<AppInstanceView>, Problem> {
    let view = AppInstanceView::of(Resource::of_answer(app, answer).await?)?;
    Ok(Changed::new(app, answer, view))
}
