//! Names for ids. An id goes through as it is; a name is looked up among what the caller
//! may see.

use gpuaas_domain::id::{OrganizationId, ProjectId, ServiceAccountId, TypedId, UserId};
use gpuaas_sdk::{Client, ListOrganizationsQuery, ListProjectsQuery, ListServiceAccountsQuery, ListUsersQuery};

use super::pages;
use crate::output::Failure;

mod catalog;
mod platform;
mod workload;

pub(super) use catalog::{app_version, artifact};
pub(super) use platform::{node, price_book, sku, usage_unit};
pub(super) use workload::{allocation, app_instance};

/// An organization or a project.
pub(super) enum Place {
    /// An organization's id.
    Organization(String),
    /// A project's id.
    Project(String),
}

/// Whether a text is meant as an id. Names have no underscore.
fn is_id<I: TypedId>(text: &str) -> bool {
    text.split_once('_').is_some_and(|(prefix, _)| prefix == I::PREFIX)
}

fn missing(kind: &str, name: &str) -> Failure {
    Failure::NotFound(format!("there is no {kind} {name}, or none that you may see"))
}

/// The one of this name.
fn first(kind: &str, name: &str, ids: impl IntoIterator<Item = String>) -> Result<String, Failure> {
    ids.into_iter().next().ok_or_else(|| missing(kind, name))
}

/// The only one of this name that is still there, or else the only one that ever was.
fn only(kind: &str, name: &str, found: Vec<(String, bool)>) -> Result<String, Failure> {
    let present: Vec<_> = found.iter().filter(|(_, present)| *present).cloned().collect();
    let mut candidates = if present.is_empty() { found } else { present };
    match (candidates.pop(), candidates.len()) {
        (None, _) => Err(missing(kind, name)),
        (Some((id, _)), 0) => Ok(id),
        (Some(_), others) => {
            let count = others + 1;
            Err(Failure::Usage(format!("{count} {kind}s are called {name}; say which one by its id")))
        }
    }
}

/// `org_…`, or a slug.
pub(crate) async fn organization(client: &Client, text: &str) -> Result<String, Failure> {
    if is_id::<OrganizationId>(text) {
        return Ok(text.to_owned());
    }
    let query = ListOrganizationsQuery { slug: Some(text.to_owned()), ..Default::default() };
    let found = client.list_organizations(&query).await?.value.items;
    found.into_iter().next().map(|organization| organization.id).ok_or_else(|| missing("organization", text))
}

/// `proj_…`, or `ORGANIZATION/PROJECT`.
pub(super) async fn project(client: &Client, text: &str) -> Result<String, Failure> {
    if is_id::<ProjectId>(text) {
        return Ok(text.to_owned());
    }
    let (organization, slug) = parts(text)?;
    let organization = self::organization(client, organization).await?;
    let query = ListProjectsQuery { slug: Some(slug.to_owned()), ..Default::default() };
    let found = client.list_projects(&organization, &query).await?.value.items;
    found.into_iter().next().map(|project| project.id).ok_or_else(|| missing("project", text))
}

/// The organization and the slug of `ORGANIZATION/PROJECT`.
pub(super) fn parts(text: &str) -> Result<(&str, &str), Failure> {
    text.split_once('/')
        .ok_or_else(|| Failure::Usage(format!("`{text}` names no project; write ORGANIZATION/PROJECT, or its id")))
}

/// An organization or a project, by id or name.
pub(super) async fn place(client: &Client, text: &str) -> Result<Place, Failure> {
    if is_id::<ProjectId>(text) || text.contains('/') {
        return project(client, text).await.map(Place::Project);
    }
    organization(client, text).await.map(Place::Organization)
}

/// `sa_…`, or the name of one in the project.
pub(super) async fn service_account(client: &Client, project: &str, text: &str) -> Result<String, Failure> {
    if is_id::<ServiceAccountId>(text) {
        return Ok(text.to_owned());
    }
    let query = ListServiceAccountsQuery { name: Some(text.to_owned()), ..Default::default() };
    let found = client.list_service_accounts(project, &query).await?.value.items;
    found.into_iter().next().map(|account| account.id).ok_or_else(|| missing("service account", text))
}

/// `user_…`, or an e-mail address, which only platform admins can look up.
pub(super) async fn user(client: &Client, text: &str) -> Result<String, Failure> {
    if is_id::<UserId>(text) {
        return Ok(text.to_owned());
    }
    let users = pages::all(async |cursor| {
        let page =
            client.list_users(&ListUsersQuery { cursor, limit: pages::LIMIT, ..Default::default() }).await?.value;
        Ok((page.items, page.next_cursor))
    });
    let has_address =
        |user: &gpuaas_sdk::User| user.person.as_ref().is_some_and(|person| person.email.eq_ignore_ascii_case(text));
    users.await?.into_iter().find(has_address).map(|user| user.id).ok_or_else(|| missing("user", text))
}

#[cfg(test)]
mod tests {
    use super::only;

    fn check(found: &[(&str, bool)], expected: Option<&str>) {
        let found = found.iter().map(|(id, present)| ((*id).to_owned(), *present)).collect();
        assert_eq!(only("node", "a", found).ok().as_deref(), expected);
    }

    #[test]
    fn a_name_means_what_is_still_there() {
        check(&[("old", false), ("new", true)], Some("new"));
        check(&[("old", false)], Some("old"));
        check(&[("one", true), ("two", true)], None);
        check(&[("one", false), ("two", false)], None);
        check(&[], None);
    }
}
