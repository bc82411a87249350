//! Which events a filter lets through.

use super::event::Filter;
use crate::id::ProjectId;
use crate::registry::Kind;

/// Most kinds, and most types of events, of a filter.
const MOST: usize = 64;

/// Why a filter is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// It names a kind that there is not.
    #[error("there is no kind of resource {0:?}; leave it out, or name one that events have")]
    Kind(String),
    /// It names a type of event that there is not.
    #[error("there is no type of event {0:?}; leave it out, or name one such as project.created")]
    Event(String),
    /// It names too many.
    #[error("a filter names at most {MOST} kinds and {MOST} types of events; leave some out, or name kinds instead")]
    TooMany,
}

impl Filter {
    /// Refuses what would never let anything through.
    pub fn check(&self) -> Result<(), FilterError> {
        if self.kinds.len() > MOST || self.events.len() > MOST {
            return Err(FilterError::TooMany);
        }
        if let Some(unknown) = self.kinds.iter().find(|kind| Kind::parse(kind).is_none()) {
            return Err(FilterError::Kind(unknown.to_string()));
        }
        let is_known =
            |event: &str| Kind::ALL.iter().any(|kind| kind.schemas().iter().any(|schema| schema.event == event));
        match self.events.iter().find(|event| !is_known(event)) {
            Some(unknown) => Err(FilterError::Event(unknown.to_string())),
            None => Ok(()),
        }
    }

    /// Whether an event of this kind and type, about this project, is sent.
    #[must_use]
    pub fn lets_through(&self, kind: &str, event: &str, project: Option<ProjectId>) -> bool {
        let in_project = self.project.is_none_or(|wanted| project == Some(wanted));
        let all = self.kinds.is_empty() && self.events.is_empty();
        let named =
            || self.kinds.iter().any(|wanted| &**wanted == kind) || self.events.iter().any(|wanted| &**wanted == event);
        in_project && (all || named())
    }
}
