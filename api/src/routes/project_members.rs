//! Members of projects.

use axum::Json;
use axum::extract::State;
use gpuaas_commands::handlers::membership::{ChangeMembershipRole, GrantMembership, RemoveMembership};
use gpuaas_commands::{Action, Answer};
use gpuaas_domain::membership::{Grant, Membership, ProjectRole};
use gpuaas_domain::token::Subject;
use gpuaas_projections::queries::Filter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::organization_members::{is_own, whom};
use super::path::{InProject, ProjectMemberPath};
use super::scope;
use crate::app::{App, Shared};
use crate::http::answer::{Changed, Found};
use crate::http::mutation::NoBody;
use crate::http::page::Page;
use crate::http::{Mutation, Problem, Read, ReadOne};
use crate::reads::Wanted;
use crate::resource::Resource;
use crate::views::membership::{NewProjectMember, ProjectMember, ProjectMemberChange};
use crate::views::user::Whom;
use crate::views::vocabulary;

/// Which members.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProjectMembers {
    /// With exactly this role.
    #[param(value_type = Option<vocabulary::ProjectRole>)]
    role: Option<ProjectRole>,
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// Lists the members of a project.
#[utoipa::path(get, path = "/api/v1/projects/{project_id}/members", tag = "members", operation_id = "list_project_members",
    params(InProject, ProjectMembers),
    responses((status = 200, description = "A page, the oldest first", body = Page<ProjectMember>)))]
pub async fn list(
    State(app): State<Shared>,
    read: Read<InProject, ProjectMembers>,
) -> Result<Json<Page<ProjectMember>>, Problem> {
    let project = read.path.project_id;
    let scope = scope::project(&app, project).await?;
    read.allow(&app, Action::ReadProjectMembers, scope).await?;
    let show_all = read.may(&app, Action::GrantProjectMembership, scope).await;
    let filter = Filter {
        project: Some(project),
        statuses: ["active".to_owned()].into(),
        name: read.query.role.map(|role| role.as_str().to_owned()),
        ..Filter::default()
    };
    let wanted = Wanted { limit: read.query.limit, cursor: read.query.cursor.clone(), by_name: false };
    let (found, next_cursor) = app.reads.list::<Membership>(&filter, wanted).await?;
    let mut items = Vec::with_capacity(found.len());
    for membership in found {
        items.push(shown(&app, membership, show_all, read.principal.subject).await?);
    }
    Ok(Json(Page { items, next_cursor }))
}

/// Makes a member of the organization a member of one of its projects.
#[utoipa::path(post, path = "/api/v1/projects/{project_id}/members", tag = "members", operation_id = "add_project_member",
    params(InProject), request_body = NewProjectMember,
    responses((status = 201, description = "The new member", body = ProjectMember)))]
pub async fn add(
    State(app): State<Shared>,
    mutation: Mutation<InProject, NewProjectMember>,
) -> Result<Changed<ProjectMember>, Problem> {
    let project = mutation.path.project_id;
    let organization = scope::owner(&app, project).await?;
    let NewProjectMember { user_id: user, role } = mutation.body;
    let command = GrantMembership { organization, user, grant: Grant::Project { project, role } };
    let answer = app.engine.execute(&mutation.context, &command).await?;
    let location = format!("/api/v1/projects/{project}/members/{}", answer.id);
    Ok(changed(&app, &answer).await?.created(mutation.context.dry_run, location))
}

/// Shows a member of a project.
#[utoipa::path(get, path = "/api/v1/projects/{project_id}/members/{member_id}", tag = "members",
    operation_id = "get_project_member", params(ProjectMemberPath),
    responses((status = 200, description = "The member", body = ProjectMember)))]
pub async fn get(State(app): State<Shared>, read: ReadOne<ProjectMemberPath>) -> Result<Found<ProjectMember>, Problem> {
    let ProjectMemberPath { project_id, member_id } = read.path;
    let scope = scope::project(&app, project_id).await?;
    read.allow(&app, Action::ReadProjectMembers, scope).await?;
    let show = read.may(&app, Action::GrantProjectMembership, scope).await;
    let is_here = |state: &Membership| match state {
        Membership::Active(details) => details.grant.project() == Some(project_id),
        Membership::Removed(_) | Membership::Absent => false,
    };
    let found = read.one_of(&app, member_id, is_here).await?;
    let version = found.version;
    if read.is_past() {
        return Ok(Found { version, view: ProjectMember::of(found, Whom::default())? });
    }
    Ok(Found { version, view: shown(&app, found, show, read.principal.subject).await? })
}

/// Changes a member's role.
#[utoipa::path(patch, path = "/api/v1/projects/{project_id}/members/{member_id}", tag = "members",
    operation_id = "update_project_member", params(ProjectMemberPath), request_body = ProjectMemberChange,
    responses((status = 200, description = "The member as it is now", body = ProjectMember)))]
pub async fn change(
    State(app): State<Shared>,
    mutation: Mutation<ProjectMemberPath, ProjectMemberChange>,
) -> Result<Changed<ProjectMember>, Problem> {
    let ProjectMemberPath { project_id: project, member_id: id } = mutation.path;
    let organization = scope::owner(&app, project).await?;
    scope::has_member(&app, organization, Some(project), id).await?;
    let grant = Grant::Project { project, role: mutation.body.role };
    let command = ChangeMembershipRole { organization, id, grant };
    changed(&app, &app.engine.execute(&mutation.context, &command).await?).await
}

/// Removes a member.
#[utoipa::path(delete, path = "/api/v1/projects/{project_id}/members/{member_id}", tag = "members",
    operation_id = "remove_project_member", params(ProjectMemberPath),
    responses((status = 200, description = "The member as it was", body = ProjectMember)))]
pub async fn remove(
    State(app): State<Shared>,
    mutation: Mutation<ProjectMemberPath, NoBody>,
) -> Result<Changed<ProjectMember>, Problem> {
    let ProjectMemberPath { project_id, member_id: id } = mutation.path;
    let organization = scope::owner(&app, project_id).await?;
    scope::has_member(&app, organization, Some(project_id), id).await?;
    changed(&app, &app.engine.execute(&mutation.context, &RemoveMembership { organization, id }).await?).await
}

/// Whoever may change a membership may see who it is.
async fn changed(app: &App, answer: &Answer<Membership>) -> Result<Changed<ProjectMember>, Problem> {
    let whom = whom(app, &answer.state).await?;
    let view = ProjectMember::of(Resource::of_answer(app, answer).await?, whom)?;
    Ok(Changed::new(app, answer, view))
}

async fn shown(
    app: &App,
    membership: Resource<Membership>,
    show_all: bool,
    asks: Subject,
) -> Result<ProjectMember, Problem> {
    let visible = show_all || is_own(&membership.state, asks);
    let whom = if visible { whom(app, &membership.state).await? } else { Whom::default() };
    ProjectMember::of(membership, whom)
}
