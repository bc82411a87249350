//! Searches of the audit trail. Every condition finds its rows by an index, and time is
//! looked up as a position: entries are recorded in the order of time.

use std::time::Duration;

use gpuaas_domain::Timestamp;
use gpuaas_domain::id::{OrganizationId, TypedId as _};
use gpuaas_log::hash::Hash;
use gpuaas_log::payload;
use serde::Serialize;
use uuid::Uuid;

use super::cursor::{self, Fingerprint, Place};
use super::{MAX_LIMIT, Queries, QueryError, freshness};
use crate::audit::{AuditTrail, Outcome, Record, rows};
use crate::store::Statement;

/// Longest text to compare with, in bytes; no name in the log is as long.
const MAX_TEXT: usize = 128;

/// What must hold of a record, all of it. The default lets everything through.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Search {
    /// What belongs to this organization; `None`: the whole log.
    pub organization: Option<OrganizationId>,
    /// By actors of this kind: `user`, `policy`.
    pub actor_kind: Option<String>,
    /// By this actor.
    pub actor: Option<Uuid>,
    /// This command or, for a denial, this action.
    pub action: Option<String>,
    /// About resources of this kind.
    pub target_kind: Option<String>,
    /// About this resource.
    pub target: Option<Uuid>,
    /// Under this correlation id.
    pub trace: Option<Uuid>,
    /// That ended so.
    pub outcome: Option<Outcome>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
}

/// Which part of what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPage {
    /// The newest first; otherwise the oldest.
    pub newest_first: bool,
    /// Where the page before ended; `None`: the first page.
    pub cursor: Option<String>,
    /// Most records, from 1 to [`MAX_LIMIT`].
    pub limit: usize,
}

/// A page of records.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Records {
    /// The records.
    pub records: Vec<Record>,
    /// The cursor of the next page; `None`: this is the last one.
    pub next: Option<String>,
}

impl Queries {
    /// A page of the records that a search finds.
    pub async fn search(&self, search: &Search, page: &SearchPage) -> Result<Records, QueryError> {
        search.check()?;
        if !(1..=MAX_LIMIT).contains(&page.limit) {
            return Err(QueryError::InvalidLimit);
        }
        let fingerprint = search.fingerprint(page.newest_first);
        let mut query = rows::select();
        query.push("WHERE build = ");
        active_build(&mut query);
        search.narrow(&mut query);
        if let Some(cursor) = &page.cursor {
            let Place::Position(position) = cursor::open(cursor, fingerprint)? else {
                return Err(QueryError::InvalidCursor);
            };
            query.push(if page.newest_first { " AND position < " } else { " AND position > " }).bind(position);
        }
        query.push(if page.newest_first { " ORDER BY position DESC LIMIT " } else { " ORDER BY position LIMIT " });
        query.bind(page.limit as u64 + 1);
        let found = self.store.rows(query).await?;
        let mut records = found.iter().map(rows::read).collect::<Result<Vec<_>, _>>()?;
        let more = records.len() > page.limit;
        records.truncate(page.limit);
        let last = records.last().filter(|_| more);
        let next = last.map(|last| cursor::seal(&Place::Position(last.position), fingerprint));
        Ok(Records { records, next })
    }

    /// The records of the append that an entry belongs to, one for each owner; none where
    /// there is no such entry.
    pub async fn records_at(&self, position: u64) -> Result<Vec<Record>, QueryError> {
        let mut lead = rows::select();
        lead.push("WHERE build = ");
        active_build(&mut lead);
        lead.push(" AND leads = 1 AND position <= ").bind(position);
        lead.push(" ORDER BY position DESC LIMIT 1");
        let Some(lead) = self.store.row(lead).await? else { return Ok(Vec::new()) };
        let lead = rows::read(&lead)?;
        if lead.append_end() < position {
            return Ok(Vec::new());
        }
        let mut all = rows::select();
        all.push("WHERE build = ");
        active_build(&mut all);
        all.push(" AND position >= ").bind(lead.append);
        all.push(" AND position <= ").bind(lead.append_end());
        all.push(" ORDER BY position");
        let found = self.store.rows(all).await?;
        Ok(found.iter().map(rows::read).collect::<Result<_, _>>()?)
    }

    /// What followed from entries between two positions: the records whose cause lies there,
    /// by position, at most so many.
    pub async fn followed(&self, (first, last): (u64, u64), most: usize) -> Result<Vec<Record>, QueryError> {
        let mut query = rows::select();
        query.push("WHERE build = ");
        active_build(&mut query);
        query.push(" AND cause >= ").bind(first);
        query.push(" AND cause <= ").bind(last);
        query.push(" ORDER BY position LIMIT ").bind(most as u64);
        let found = self.store.rows(query).await?;
        Ok(found.iter().map(rows::read).collect::<Result<_, _>>()?)
    }

    /// Waits until searches see the log up to a position; [`QueryError::Behind`] if that
    /// takes longer than `at_most`.
    pub async fn wait_for_audit(&self, wanted: u64, at_most: Duration) -> Result<(), QueryError> {
        freshness::wait(&self.store, AuditTrail::NAME, wanted, at_most).await
    }
}

impl Search {
    /// Refuses texts that no stored one can equal and that a database may not take.
    fn check(&self) -> Result<(), QueryError> {
        let texts = [("actor", &self.actor_kind), ("action", &self.action), ("target_kind", &self.target_kind)];
        let wrong = |text: &String| text.len() > MAX_TEXT || text.contains('\0');
        match texts.into_iter().find(|(_, text)| text.as_ref().is_some_and(wrong)) {
            Some((field, _)) => Err(QueryError::InvalidText { field }),
            None => Ok(()),
        }
    }

    fn fingerprint(&self, newest_first: bool) -> Fingerprint {
        let list = payload::encode(&("audit", self, newest_first)).expect("a search is of types that can be encoded");
        let Hash([a, b, c, d, e, f, g, h, ..]) = Hash::of_blob(&list);
        [a, b, c, d, e, f, g, h]
    }

    /// Adds the conditions to a query that has a `WHERE`.
    fn narrow(&self, query: &mut Statement) {
        match self.organization {
            Some(organization) => query.push(" AND owner = ").bind(organization.uuid()),
            None => query.push(" AND leads = 1"),
        };
        if let Some(kind) = &self.actor_kind {
            query.push(" AND actor_kind = ").bind(kind.as_str());
        }
        if let Some(actor) = self.actor {
            query.push(" AND actor_id = ").bind(actor);
        }
        if let Some(action) = &self.action {
            query.push(" AND action = ").bind(action.as_str());
        }
        if let Some(trace) = self.trace {
            query.push(" AND trace = ").bind(trace);
        }
        query.push(match self.outcome {
            None => "",
            Some(Outcome::Success) => " AND result = 'success'",
            Some(Outcome::Denied) => " AND result = 'denied'",
        });
        self.narrow_to_target(query);
        if let Some(from) = self.from {
            query.push(" AND position >= ");
            first_since(query, from);
        }
        if let Some(to) = self.to {
            query.push(" AND position < ");
            first_since(query, to);
        }
    }

    fn narrow_to_target(&self, query: &mut Statement) {
        if self.target.is_none() && self.target_kind.is_none() {
            return;
        }
        query.push(" AND position IN (SELECT position FROM read_audit_targets WHERE build = ");
        active_build(query);
        if let Some(target) = self.target {
            query.push(" AND id = ").bind(target);
        }
        if let Some(kind) = &self.target_kind {
            query.push(" AND kind = ").bind(kind.as_str());
        }
        query.push(")");
    }
}

/// The version of the rows that searches read.
fn active_build(query: &mut Statement) {
    query
        .push("(SELECT version FROM read_projections WHERE name = ")
        .bind(AuditTrail::NAME)
        .push(" AND stage = 'active')");
}

/// The position of the first record since a moment; beyond all of them if there is none.
fn first_since(query: &mut Statement, moment: Timestamp) {
    query.push("COALESCE((SELECT position FROM read_audit WHERE build = ");
    active_build(query);
    query.push(" AND recorded_at >= ").bind(moment.0);
    query.push(" ORDER BY recorded_at, position LIMIT 1), 9223372036854775807)");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_belongs_to_its_own_search() {
        let search = Search { action: Some("project.create".into()), ..Search::default() };
        assert_ne!(search.fingerprint(true), search.fingerprint(false));
        assert_ne!(search.fingerprint(true), Search::default().fingerprint(true));
    }

    #[test]
    fn a_text_that_no_database_takes_is_refused() {
        let search = Search { action: Some("a\0".into()), ..Search::default() };
        assert_eq!(search.check(), Err(QueryError::InvalidText { field: "action" }));
    }
}
