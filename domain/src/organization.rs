//! An organization: the tenant that everything else belongs to.
//!
//! | state | command | events | next |
//! |---|---|---|---|
//! | Absent | Create | `organization.created` | Active |
//! | Active | Update | `organization.updated`, or none if nothing changes | Active |
//!
//! The slug is unique in the whole log: the engine claims it beside the events.

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Rejected};
use crate::code::Code;
use crate::event::{events, fields};
use crate::id::OrganizationId;
use crate::text::{self, MAX_DISPLAY_NAME, TextError};

/// Scope of the claim on an organization's slug.
pub const SLUG_CLAIM: &str = "organization.slug";

fields! {
    /// An organization exists from here on.
    pub struct Created {
        /// Unique name for URLs.
        pub slug: String,
        /// Name for people.
        pub display_name: String,
    }

    /// Its names, as they are from here on.
    pub struct Updated {
        /// Unique name for URLs.
        pub slug: String,
        /// Name for people.
        pub display_name: String,
    }
}

events! {
    /// What can happen to an organization.
    pub enum Event {
        /// It was created.
        Created(Created) = "organization.created", 1;
        /// It was renamed.
        Updated(Updated) = "organization.updated", 1;
    }
}

/// What can be asked of an organization.
#[derive(Debug, Clone)]
pub enum Command {
    /// Create it.
    Create {
        /// Unique name for URLs.
        slug: String,
        /// Name for people.
        display_name: String,
    },
    /// Change what is given.
    Update {
        /// Unique name for URLs.
        slug: Option<String>,
        /// Name for people.
        display_name: Option<String>,
    },
}

/// Why an organization refuses.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It is there already.
    #[error("this organization exists already")]
    Exists,
    /// It is not there.
    #[error("there is no such organization")]
    Absent,
    /// A name is not acceptable.
    #[error("{0}")]
    Text(#[from] TextError),
}

impl Rejected for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::Exists => Code::AlreadyExists,
            Self::Absent => Code::NotFound,
            Self::Text(_) => Code::InvalidField,
        }
    }
}

/// The state of an organization.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Organization {
    /// No entry yet.
    #[default]
    Absent,
    /// In use.
    Active {
        /// Unique name for URLs.
        slug: String,
        /// Name for people.
        display_name: String,
    },
}

impl Aggregate for Organization {
    const KIND: &'static str = "organization";
    type Id = OrganizationId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match (self, command) {
            (Self::Absent, Command::Create { slug, display_name }) => {
                check(&slug, &display_name)?;
                Ok(vec![Created { slug, display_name }.into()])
            }
            (Self::Active { .. }, Command::Create { .. }) => Err(Rejection::Exists),
            (Self::Absent, Command::Update { .. }) => Err(Rejection::Absent),
            (Self::Active { slug: old_slug, display_name: old_name }, Command::Update { slug, display_name }) => {
                let slug = slug.unwrap_or_else(|| old_slug.clone());
                let display_name = display_name.unwrap_or_else(|| old_name.clone());
                check(&slug, &display_name)?;
                let changed = slug != *old_slug || display_name != *old_name;
                Ok(changed.then(|| Updated { slug, display_name }.into()).into_iter().collect())
            }
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match event {
            Event::Created(Created { slug, display_name }) | Event::Updated(Updated { slug, display_name }) => {
                Self::Active { slug: slug.clone(), display_name: display_name.clone() }
            }
        }
    }
}

fn check(slug: &str, display_name: &str) -> Result<(), TextError> {
    text::slug("slug", slug)?;
    text::line("display_name", display_name, MAX_DISPLAY_NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create(slug: &str) -> Command {
        Command::Create { slug: slug.into(), display_name: "Acme".into() }
    }

    #[test]
    fn an_organization_is_created_once() {
        let events = Organization::default().decide(create("acme")).unwrap();
        let state = Organization::default().evolve_all(&events);
        assert_eq!(state, Organization::Active { slug: "acme".into(), display_name: "Acme".into() });
        assert!(matches!(state.decide(create("acme")), Err(Rejection::Exists)));
    }

    #[test]
    fn an_update_that_changes_nothing_gives_no_event() {
        let state = Organization::Active { slug: "acme".into(), display_name: "Acme".into() };
        let same = Command::Update { slug: Some("acme".into()), display_name: None };
        assert_eq!(state.decide(same).unwrap(), []);
    }

    #[test]
    fn a_bad_slug_is_refused() {
        assert!(matches!(Organization::default().decide(create("Acme Inc")), Err(Rejection::Text(_))));
    }
}
