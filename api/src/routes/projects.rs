//! Projects.

use axum::Json;
use axum::extract::State;
use gpuaas_commands::handlers::project::{ArchiveProject, CreateProject, UpdateProject};
use gpuaas_commands::{Action, Scope};
use gpuaas_domain::id::{ProjectId, TypedId as _};
use gpuaas_domain::project::Project;
use gpuaas_projections::queries::Filter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::path::{InOrganization, InProject};
use super::scope;
use crate::app::Shared;
use crate::auth::reach;
use crate::http::answer::{Changed, Found};
use crate::http::mutation::NoBody;
use crate::http::page::Page;
use crate::http::{Mutation, Problem, Read, ReadOne};
use crate::reads::Wanted;
use crate::resource::Resource;
use crate::views::project::{NewProject, ProjectChange, ProjectStatus, ProjectView};

/// Which projects.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Projects {
    /// With exactly this slug.
    #[param(max_length = 48)]
    slug: Option<String>,
    /// Active or archived ones; left out: both.
    status: Option<ProjectStatus>,
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// Lists an organization's projects that the caller may see.
#[utoipa::path(get, path = "/api/v1/orgs/{org_id}/projects", tag = "projects", operation_id = "list_projects",
    params(InOrganization, Projects), responses((status = 200, description = "A page, by slug", body = Page<ProjectView>)))]
pub async fn list(
    State(app): State<Shared>,
    read: Read<InOrganization, Projects>,
) -> Result<Json<Page<ProjectView>>, Problem> {
    let organization = read.path.org_id;
    read.allow(&app, Action::ReadOrganization, scope::organization(&app, organization).await?).await?;
    let all = read.may(&app, Action::ReadProject, Scope::Organization(organization)).await;
    let ids = match all {
        true => None,
        false => Some(reach::projects(&app, read.principal, organization).await?),
    };
    let Projects { slug, status, limit, cursor } = read.query;
    let filter = Filter {
        organization: Some(organization),
        name: slug,
        statuses: status.map(|status| status.as_str().to_owned()).into_iter().collect(),
        ids: ids.map(|ids| ids.into_iter().map(ProjectId::uuid).collect()),
        ..Filter::default()
    };
    let (found, next_cursor) = app.reads.list::<Project>(&filter, Wanted { limit, cursor, by_name: true }).await?;
    let items = found.into_iter().map(ProjectView::of).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next_cursor }))
}

/// Creates a project.
#[utoipa::path(post, path = "/api/v1/orgs/{org_id}/projects", tag = "projects", operation_id = "create_project",
    params(InOrganization), request_body = NewProject,
    responses((status = 201, description = "The new project", body = ProjectView)))]
pub async fn create(
    State(app): State<Shared>,
    mutation: Mutation<InOrganization, NewProject>,
) -> Result<Changed<ProjectView>, Problem> {
    let NewProject { slug, display_name } = mutation.body;
    let command = CreateProject { organization: mutation.path.org_id, slug, display_name };
    let answer = app.engine.execute(&mutation.context, &command).await?;
    let view = ProjectView::of(Resource::of_answer(&app, &answer).await?)?;
    let location = format!("/api/v1/projects/{}", view.id);
    Ok(Changed::new(&app, &answer, view).created(mutation.context.dry_run, location))
}

/// Shows a project.
#[utoipa::path(get, path = "/api/v1/projects/{project_id}", tag = "projects", operation_id = "get_project",
    params(InProject), responses((status = 200, description = "The project", body = ProjectView)))]
pub async fn get(State(app): State<Shared>, read: ReadOne<InProject>) -> Result<Found<ProjectView>, Problem> {
    read.allow(&app, Action::ReadProject, scope::project(&app, read.path.project_id).await?).await?;
    let found = read.one::<Project>(&app, read.path.project_id).await?;
    Ok(Found { version: found.version, view: ProjectView::of(found)? })
}

/// Changes a project's names.
#[utoipa::path(patch, path = "/api/v1/projects/{project_id}", tag = "projects", operation_id = "update_project",
    params(InProject), request_body = ProjectChange,
    responses((status = 200, description = "The project as it is now", body = ProjectView)))]
pub async fn update(
    State(app): State<Shared>,
    mutation: Mutation<InProject, ProjectChange>,
) -> Result<Changed<ProjectView>, Problem> {
    let ProjectChange { slug, display_name } = mutation.body;
    let command = UpdateProject { id: mutation.path.project_id, slug, display_name };
    let answer = app.engine.execute(&mutation.context, &command).await?;
    let view = ProjectView::of(Resource::of_answer(&app, &answer).await?)?;
    Ok(Changed::new(&app, &answer, view))
}

/// Archives a project: it stays readable and takes no new work.
#[utoipa::path(delete, path = "/api/v1/projects/{project_id}", tag = "projects", operation_id = "archive_project",
    params(InProject), responses((status = 200, description = "The archived project", body = ProjectView)))]
pub async fn archive(
    State(app): State<Shared>,
    mutation: Mutation<InProject, NoBody>,
) -> Result<Changed<ProjectView>, Problem> {
    let answer = app.engine.execute(&mutation.context, &ArchiveProject { id: mutation.path.project_id }).await?;
    let view = ProjectView::of(Resource::of_answer(&app, &answer).await?)?;
    Ok(Changed::new(&app, &answer, view))
}
