//! Which resources of a kind are wanted.

use std::collections::BTreeSet;

use gpuaas_domain::id::{OrganizationId, ProjectId, TypedId};
use serde::Serialize;
use uuid::Uuid;

use super::QueryError;
use crate::store::Statement;

/// Longest text to compare with, in bytes; no name is as long.
const MAX_TEXT: usize = 512;

/// What must hold of a resource, all of it. The default lets everything through.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Filter {
    /// What the actor may see: resources of these organizations; `None`: all. Between
    /// the pages of one list it may change.
    #[serde(skip)]
    pub organizations: Option<BTreeSet<OrganizationId>>,
    /// Beside these, also resources of no organization: what the platform offers to all.
    #[serde(skip)]
    pub platform: bool,
    /// Of this organization.
    pub organization: Option<OrganizationId>,
    /// In this project.
    pub project: Option<ProjectId>,
    /// On this resource.
    pub parent: Option<Uuid>,
    /// With one of these status words; empty: with any.
    pub statuses: BTreeSet<String>,
    /// With exactly this name.
    pub name: Option<String>,
    /// With a name that begins so.
    pub name_prefix: Option<String>,
    /// Among these.
    pub ids: Option<BTreeSet<Uuid>>,
}

impl Filter {
    /// Refuses texts that no stored one can equal and that a database may not take.
    pub(super) fn check(&self) -> Result<(), QueryError> {
        let statuses = self.statuses.iter().map(|status| ("status", status));
        let names = [("name", &self.name), ("name_prefix", &self.name_prefix)];
        let mut texts = statuses.chain(names.into_iter().filter_map(|(field, text)| Some((field, text.as_ref()?))));
        match texts.find(|(_, text)| text.len() > MAX_TEXT || text.contains('\0')) {
            Some((field, _)) => Err(QueryError::InvalidText { field }),
            None => Ok(()),
        }
    }

    /// Whether it is plain without a query that nothing can be found.
    pub(super) fn lets_nothing_through(&self) -> bool {
        let sees_nothing = !self.platform && self.organizations.as_ref().is_some_and(BTreeSet::is_empty);
        sees_nothing || self.ids.as_ref().is_some_and(BTreeSet::is_empty)
    }

    fn narrow_to_scope(&self, query: &mut Statement) {
        let Some(organizations) = &self.organizations else { return };
        let organizations = || organizations.iter().map(|id| id.uuid());
        match (self.platform, organizations().next()) {
            (false, _) => query.push(" AND organization IN ").bind_list(organizations()),
            (true, None) => query.push(" AND organization IS NULL"),
            (true, Some(_)) => {
                query.push(" AND (organization IS NULL OR organization IN ").bind_list(organizations()).push(")")
            }
        };
    }

    /// Adds the conditions to a query that has a `WHERE`.
    pub(super) fn narrow(&self, query: &mut Statement) {
        self.narrow_to_scope(query);
        if let Some(organization) = self.organization {
            query.push(" AND organization = ").bind(organization.uuid());
        }
        if let Some(project) = self.project {
            query.push(" AND project = ").bind(project.uuid());
        }
        if let Some(parent) = self.parent {
            query.push(" AND parent = ").bind(parent);
        }
        if !self.statuses.is_empty() {
            query.push(" AND status IN ").bind_list(self.statuses.iter().map(String::as_str));
        }
        if let Some(name) = &self.name {
            query.push(" AND name = ").bind(name.as_str());
        }
        if let Some(prefix) = &self.name_prefix {
            query.push(" AND name >= ").bind(prefix.as_str());
            if let Some(beyond) = beyond(prefix) {
                query.push(" AND name < ").bind(beyond);
            }
        }
        if let Some(ids) = &self.ids {
            query.push(" AND id IN ").bind_list(ids.iter().copied());
        }
    }
}

/// The least text that is larger than all that begin with a prefix, bytewise; `None` if
/// there is none. UTF-8 orders texts as their characters do.
fn beyond(prefix: &str) -> Option<String> {
    let mut characters: Vec<char> = prefix.chars().collect();
    while let Some(last) = characters.pop() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            characters.push(next);
            return Some(characters.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_beyond_a_prefix_is_larger_than_all_that_begin_with_it() {
        assert_eq!(beyond("ab").as_deref(), Some("ac"));
        assert_eq!(beyond("a\u{d7ff}").as_deref(), Some("a\u{e000}"), "surrogates are no characters");
        assert_eq!(beyond("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(beyond("\u{10ffff}"), None);
        assert_eq!(beyond(""), None);
    }

    #[test]
    fn a_text_with_nul_is_refused() {
        let filter = Filter { name_prefix: Some("a\0".into()), ..Filter::default() };
        assert_eq!(filter.check(), Err(QueryError::InvalidText { field: "name_prefix" }));
        assert_eq!(Filter { name_prefix: Some("a".into()), ..Filter::default() }.check(), Ok(()));
    }
}
