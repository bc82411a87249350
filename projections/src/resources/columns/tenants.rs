//! Organizations, what is in them, and who acts.

use gpuaas_domain::Timestamp;
use gpuaas_domain::access::Access;
use gpuaas_domain::id::TypedId as _;
use gpuaas_domain::membership::Membership;
use gpuaas_domain::organization::Organization;
use gpuaas_domain::project::Project;
use gpuaas_domain::service_account::ServiceAccount;
use gpuaas_domain::token::{Name, Subject, Token};
use gpuaas_domain::user::User;
use gpuaas_domain::webhook::Webhook;
use uuid::Uuid;

use super::Columns;

/// An organization is in itself, so that a scope of organizations finds it.
pub(super) fn organization(id: Uuid, state: &Organization) -> Option<Columns> {
    match state {
        Organization::Absent => None,
        Organization::Active { slug, .. } => {
            Some(Columns { organization: Some(id), ..Columns::with_status("active").named(slug) })
        }
    }
}

/// A project is in itself, as an organization is.
pub(super) fn project(id: Uuid, state: &Project) -> Option<Columns> {
    let status = match state {
        Project::Absent => return None,
        Project::Active(_) => "active",
        Project::Archived(_) => "archived",
    };
    let details = state.details()?;
    let columns = Columns::with_status(status).of_organization(details.organization).named(&details.slug);
    Some(Columns { project: Some(id), ..columns })
}

/// The name is sealed.
pub(super) fn user(state: &User) -> Option<Columns> {
    match state {
        User::Absent => None,
        User::Active(_) => Some(Columns::with_status("active")),
        User::Disabled(_) => Some(Columns::with_status("disabled")),
        User::Erased => Some(Columns::with_status("erased")),
    }
}

/// Hangs on its user, and is named for its role.
pub(super) fn membership(state: &Membership) -> Option<Columns> {
    let status = match state {
        Membership::Absent => return None,
        Membership::Active(_) => "active",
        Membership::Removed(_) => "removed",
    };
    let details = state.details()?;
    let columns = Columns::with_status(status).of_organization(details.organization);
    Some(columns.in_project(details.grant.project()).on(details.user.uuid()).named(details.grant.role()))
}

pub(super) fn service_account(state: &ServiceAccount) -> Option<Columns> {
    let status = match state {
        ServiceAccount::Absent => return None,
        ServiceAccount::Active(_) => "active",
        ServiceAccount::Deleted(_) => "deleted",
    };
    let details = state.details()?;
    let columns = Columns::with_status(status).of_organization(details.organization);
    Some(columns.in_project(Some(details.project)).named(&details.name))
}

/// Hangs on its subject. A person's name for it is sealed.
pub(super) fn token(owner: Option<Uuid>, state: &Token) -> Option<Columns> {
    let status = match state {
        Token::Absent => return None,
        Token::Active(_) => "active",
        Token::Revoked(_) => "revoked",
    };
    let issued = state.details()?;
    let subject = match issued.subject {
        Subject::User(user) => user.uuid(),
        Subject::ServiceAccount(account) => account.uuid(),
    };
    let organization = issued.organization.map(|organization| organization.uuid()).or(owner);
    let columns = Columns { organization, ..Columns::with_status(status).on(subject) };
    Some(match &issued.name {
        Name::Plain(name) => columns.named(name),
        Name::Sealed(_) => columns,
    })
}

/// It has no state but what was denied last; its stream is there from the first denial.
pub(super) fn access(owner: Option<Uuid>, state: &Access) -> Option<Columns> {
    let recorded = state.minute != Timestamp::default();
    recorded.then(|| Columns { organization: owner, ..Columns::with_status("recorded") })
}

pub(super) fn webhook(state: &Webhook) -> Option<Columns> {
    let status = match state {
        Webhook::Absent => return None,
        Webhook::Active(_) => "active",
        Webhook::Disabled { .. } => "disabled",
        Webhook::Deleted(_) => "deleted",
    };
    Some(Columns::with_status(status).of_organization(state.details()?.organization))
}
