//! Members of organizations.

use axum::Json;
use axum::extract::State;
use gpuaas_commands::handlers::membership::{ChangeMembershipRole, GrantMembership, RemoveMembership};
use gpuaas_commands::{Action, Answer, Scope};
use gpuaas_domain::id::UserId;
use gpuaas_domain::membership::{Grant, Membership, OrganizationRole};
use gpuaas_domain::token::Subject;
use gpuaas_projections::queries::Filter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::path::{InOrganization, OrganizationMemberPath};
use super::scope;
use crate::app::{App, Shared};
use crate::http::answer::{Changed, Found};
use crate::http::mutation::NoBody;
use crate::http::page::Page;
use crate::http::{Mutation, Problem, Read, ReadOne};
use crate::reads::Wanted;
use crate::resource::Resource;
use crate::views::membership::{NewOrganizationMember, OrganizationMember, OrganizationMemberChange};
use crate::views::user::Whom;
use crate::views::vocabulary;

/// What the names of all roles in organizations begin with.
const ROLES: &str = "org_";

/// Which members.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OrganizationMembers {
    /// With exactly this role.
    #[param(value_type = Option<vocabulary::OrganizationRole>)]
    role: Option<OrganizationRole>,
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// Lists the members of an organization.
#[utoipa::path(get, path = "/api/v1/orgs/{org_id}/members", tag = "members", operation_id = "list_organization_members",
    params(InOrganization, OrganizationMembers),
    responses((status = 200, description = "A page, the oldest first", body = Page<OrganizationMember>)))]
pub async fn list(
    State(app): State<Shared>,
    read: Read<InOrganization, OrganizationMembers>,
) -> Result<Json<Page<OrganizationMember>>, Problem> {
    let organization = read.path.org_id;
    let scope = scope::organization(&app, organization).await?;
    read.allow(&app, Action::ReadOrganizationMembers, scope).await?;
    let show_all = read.may(&app, Action::GrantOrganizationMembership, scope).await;
    let filter = Filter {
        organization: Some(organization),
        statuses: ["active".to_owned()].into(),
        name: read.query.role.map(|role| role.as_str().to_owned()),
        name_prefix: Some(ROLES.to_owned()),
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

/// Makes a person a member of an organization.
#[utoipa::path(post, path = "/api/v1/orgs/{org_id}/members", tag = "members", operation_id = "add_organization_member",
    params(InOrganization), request_body = NewOrganizationMember,
    responses((status = 201, description = "The new member", body = OrganizationMember)))]
pub async fn add(
    State(app): State<Shared>,
    mutation: Mutation<InOrganization, NewOrganizationMember>,
) -> Result<Changed<OrganizationMember>, Problem> {
    let organization = mutation.path.org_id;
    let NewOrganizationMember { user_id: user, role } = mutation.body;
    let command = GrantMembership { organization, user, grant: Grant::Organization { role } };
    let answer = app.engine.execute(&mutation.context, &command).await?;
    let location = format!("/api/v1/orgs/{organization}/members/{}", answer.id);
    Ok(changed(&app, &answer).await?.created(mutation.context.dry_run, location))
}

/// Shows a member of an organization.
#[utoipa::path(get, path = "/api/v1/orgs/{org_id}/members/{member_id}", tag = "members",
    operation_id = "get_organization_member", params(OrganizationMemberPath),
    responses((status = 200, description = "The member", body = OrganizationMember)))]
pub async fn get(
    State(app): State<Shared>,
    read: ReadOne<OrganizationMemberPath>,
) -> Result<Found<OrganizationMember>, Problem> {
    let OrganizationMemberPath { org_id, member_id } = read.path;
    let scope = Scope::Organization(org_id);
    read.allow(&app, Action::ReadOrganizationMembers, scope).await?;
    let show = read.may(&app, Action::GrantOrganizationMembership, scope).await;
    let is_here = |state: &Membership| match state {
        Membership::Active(details) => details.organization == org_id,
        Membership::Removed(_) | Membership::Absent => false,
    };
    let found = read.one_of(&app, member_id, is_here).await?;
    let version = found.version;
    if read.is_past() {
        return Ok(Found { version, view: OrganizationMember::of(found, Whom::default())? });
    }
    Ok(Found { version, view: shown(&app, found, show, read.principal.subject).await? })
}

/// Changes a member's role.
#[utoipa::path(patch, path = "/api/v1/orgs/{org_id}/members/{member_id}", tag = "members",
    operation_id = "update_organization_member", params(OrganizationMemberPath), request_body = OrganizationMemberChange,
    responses((status = 200, description = "The member as it is now", body = OrganizationMember)))]
pub async fn change(
    State(app): State<Shared>,
    mutation: Mutation<OrganizationMemberPath, OrganizationMemberChange>,
) -> Result<Changed<OrganizationMember>, Problem> {
    let OrganizationMemberPath { org_id: organization, member_id: id } = mutation.path;
    scope::has_member(&app, organization, None, id).await?;
    let command = ChangeMembershipRole { organization, id, grant: Grant::Organization { role: mutation.body.role } };
    changed(&app, &app.engine.execute(&mutation.context, &command).await?).await
}

/// Removes a member.
#[utoipa::path(delete, path = "/api/v1/orgs/{org_id}/members/{member_id}", tag = "members",
    operation_id = "remove_organization_member", params(OrganizationMemberPath),
    responses((status = 200, description = "The member as it was", body = OrganizationMember)))]
pub async fn remove(
    State(app): State<Shared>,
    mutation: Mutation<OrganizationMemberPath, NoBody>,
) -> Result<Changed<OrganizationMember>, Problem> {
    let OrganizationMemberPath { org_id: organization, member_id: id } = mutation.path;
    scope::has_member(&app, organization, None, id).await?;
    changed(&app, &app.engine.execute(&mutation.context, &RemoveMembership { organization, id }).await?).await
}

/// Whoever may change a membership may see who it is.
async fn changed(app: &App, answer: &Answer<Membership>) -> Result<Changed<OrganizationMember>, Problem> {
    let whom = whom(app, &answer.state).await?;
    let view = OrganizationMember::of(Resource::of_answer(app, answer).await?, whom)?;
    Ok(Changed::new(app, answer, view))
}

async fn shown(
    app: &App,
    membership: Resource<Membership>,
    show_all: bool,
    asks: Subject,
) -> Result<OrganizationMember, Problem> {
    let visible = show_all || is_own(&membership.state, asks);
    let whom = if visible { whom(app, &membership.state).await? } else { Whom::default() };
    OrganizationMember::of(membership, whom)
}

/// Whether it is the membership of whoever asks.
pub(super) fn is_own(membership: &Membership, asks: Subject) -> bool {
    user(membership).is_some_and(|user| asks == Subject::User(user))
}

/// Who the member is.
pub(super) async fn whom(app: &App, membership: &Membership) -> Result<Whom, Problem> {
    match user(membership) {
        Some(user) => Whom::of(app, user).await,
        None => Ok(Whom::default()),
    }
}

fn user(membership: &Membership) -> Option<UserId> {
    membership.details().map(|details| details.user)
}
