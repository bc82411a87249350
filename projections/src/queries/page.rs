//! Pages of a list, and in which order.

use gpuaas_domain::AnyState;
use serde::Serialize;

use super::cursor::{self, Fingerprint, Place};
use super::{QueryError, Resource};
use crate::store::Statement;

/// Most resources of a page.
pub const MAX_LIMIT: usize = 200;

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum Order {
    /// The oldest first.
    #[default]
    Created,
    /// The newest first.
    Newest,
    /// By name, bytewise, then by id.
    Name,
}

/// Which part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// In which order.
    pub order: Order,
    /// Where the page before ended; `None`: the first page.
    pub cursor: Option<String>,
    /// Most resources, from 1 to [`MAX_LIMIT`].
    pub limit: usize,
}

impl Default for Page {
    fn default() -> Self {
        Self { order: Order::default(), cursor: None, limit: MAX_LIMIT }
    }
}

/// A page.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<S = AnyState> {
    /// The resources.
    pub resources: Vec<Resource<S>>,
    /// The cursor of the next page; `None`: this is the last one.
    pub next: Option<String>,
}

impl<S> Default for Listed<S> {
    fn default() -> Self {
        Self { resources: Vec::new(), next: None }
    }
}

impl Page {
    pub(super) fn check(&self) -> Result<(), QueryError> {
        if (1..=MAX_LIMIT).contains(&self.limit) { Ok(()) } else { Err(QueryError::InvalidLimit) }
    }

    /// Lets a query that has a `WHERE` begin after the cursor and end one row behind the
    /// page, which shows whether there is another.
    pub(super) fn cut(&self, query: &mut Statement, fingerprint: Fingerprint) -> Result<(), QueryError> {
        let place = self.cursor.as_deref().map(|cursor| cursor::open(cursor, fingerprint)).transpose()?;
        match (self.order, place) {
            (_, None) => {}
            (Order::Created, Some(Place::Position(position))) => {
                query.push(" AND created_position > ").bind(position);
            }
            (Order::Newest, Some(Place::Position(position))) => {
                query.push(" AND created_position < ").bind(position);
            }
            (Order::Name, Some(Place::Name(name, id))) => {
                query.push(" AND (name, id) > ").bind_row([name.into(), id.into()]);
            }
            (Order::Created | Order::Newest, Some(Place::Name(..))) | (Order::Name, Some(Place::Position(_))) => {
                return Err(QueryError::InvalidCursor);
            }
        }
        query.push(match self.order {
            Order::Created => " ORDER BY created_position LIMIT ",
            Order::Newest => " ORDER BY created_position DESC LIMIT ",
            Order::Name => " ORDER BY name, id LIMIT ",
        });
        query.bind(self.limit as u64 + 1);
        Ok(())
    }

    /// The page, from rows that may be one more than it has.
    pub(super) fn answer(&self, mut resources: Vec<Resource>, fingerprint: Fingerprint) -> Listed {
        let more = resources.len() > self.limit;
        resources.truncate(self.limit);
        let last = resources.last().filter(|_| more);
        let next = last.map(|last| cursor::seal(&self.place(last), fingerprint));
        Listed { resources, next }
    }

    fn place(&self, last: &Resource) -> Place {
        match self.order {
            Order::Created | Order::Newest => Place::Position(last.created_position),
            Order::Name => Place::Name(last.name.clone(), last.id),
        }
    }
}
