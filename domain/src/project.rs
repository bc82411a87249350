//! A project: where the work of an organization happens and what it is billed by.
//!
//! | state | command | events | next |
//! |---|---|---|---|
//! | Absent | Create | `project.created` | Active |
//! | Active | Update | `project.updated`, or none if nothing changes | Active |
//! | Active | Archive | `project.archived` | Archived |
//! | Archived | Archive | none | Archived |
//!
//! The slug is unique in its organization, and stays taken after archiving.

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Rejected};
use crate::code::Code;
use crate::event::{events, fields};
use crate::id::{OrganizationId, ProjectId};
use crate::text::{self, MAX_DISPLAY_NAME, TextError};

/// Scope of the claim on a project's slug, within its organization.
pub const SLUG_CLAIM: &str = "project.slug";

fields! {
    /// A project exists from here on.
    pub struct Created {
        /// Whose it is.
        pub organization: OrganizationId,
        /// Name for URLs, unique in the organization.
        pub slug: String,
        /// Name for people.
        pub display_name: String,
    }

    /// Its names, as they are from here on.
    pub struct Updated {
        /// Name for URLs, unique in the organization.
        pub slug: String,
        /// Name for people.
        pub display_name: String,
    }

    /// Nothing new happens in it from here on.
    pub struct Archived {}
}

events! {
    /// What can happen to a project.
    pub enum Event {
        /// It was created.
        Created(Created) = "project.created", 1;
        /// It was renamed.
        Updated(Updated) = "project.updated", 1;
        /// It was archived.
        Archived(Archived) = "project.archived", 1;
    }
}

/// What can be asked of a project.
#[derive(Debug, Clone)]
pub enum Command {
    /// Create it.
    Create {
        /// Whose it is.
        organization: OrganizationId,
        /// Name for URLs.
        slug: String,
        /// Name for people.
        display_name: String,
    },
    /// Change what is given.
    Update {
        /// Name for URLs.
        slug: Option<String>,
        /// Name for people.
        display_name: Option<String>,
    },
    /// Close it for new work.
    Archive,
}

/// Why a project refuses.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It is there already.
    #[error("this project exists already")]
    Exists,
    /// It is not there.
    #[error("there is no such project")]
    Absent,
    /// It is archived.
    #[error("this project is archived; create another one for new work")]
    Archived,
    /// A name is not acceptable.
    #[error("{0}")]
    Text(#[from] TextError),
}

impl Rejected for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::Exists => Code::AlreadyExists,
            Self::Absent => Code::NotFound,
            Self::Archived => Code::ProjectArchived,
            Self::Text(_) => Code::InvalidField,
        }
    }
}

/// What is known of a project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Name for URLs.
    pub slug: String,
    /// Name for people.
    pub display_name: String,
}

/// The state of a project.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Project {
    /// No entry yet.
    #[default]
    Absent,
    /// In use.
    Active(Details),
    /// Closed for new work.
    Archived(Details),
}

impl Project {
    /// What is known of it, whatever its state; `None` if it is absent.
    #[must_use]
    pub fn details(&self) -> Option<&Details> {
        match self {
            Self::Absent => None,
            Self::Active(details) | Self::Archived(details) => Some(details),
        }
    }

    /// Succeeds if new work may begin in it.
    pub fn require_active(&self) -> Result<&Details, Rejection> {
        match self {
            Self::Absent => Err(Rejection::Absent),
            Self::Archived(_) => Err(Rejection::Archived),
            Self::Active(details) => Ok(details),
        }
    }
}

impl Aggregate for Project {
    const KIND: &'static str = "project";
    type Id = ProjectId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match (self, command) {
            (Self::Absent, Command::Create { organization, slug, display_name }) => {
                check(&slug, &display_name)?;
                Ok(vec![Created { organization, slug, display_name }.into()])
            }
            (Self::Active(_) | Self::Archived(_), Command::Create { .. }) => Err(Rejection::Exists),
            (Self::Absent, Command::Update { .. } | Command::Archive) => Err(Rejection::Absent),
            (Self::Active(old), Command::Update { slug, display_name }) => {
                let slug = slug.unwrap_or_else(|| old.slug.clone());
                let display_name = display_name.unwrap_or_else(|| old.display_name.clone());
                check(&slug, &display_name)?;
                let changed = slug != old.slug || display_name != old.display_name;
                Ok(changed.then(|| Updated { slug, display_name }.into()).into_iter().collect())
            }
            (Self::Archived(_), Command::Update { .. }) => Err(Rejection::Archived),
            (Self::Active(_), Command::Archive) => Ok(vec![Archived {}.into()]),
            (Self::Archived(_), Command::Archive) => Ok(vec![]),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::Created(Created { organization, slug, display_name })) => Self::Active(Details {
                organization: *organization,
                slug: slug.clone(),
                display_name: display_name.clone(),
            }),
            (Self::Active(details), Event::Updated(Updated { slug, display_name })) => {
                Self::Active(Details { slug: slug.clone(), display_name: display_name.clone(), ..details })
            }
            (Self::Active(details), Event::Archived(Archived {})) => Self::Archived(details),
            (state @ (Self::Absent | Self::Archived(_)), Event::Updated(_) | Event::Archived(_)) => state,
        }
    }
}

fn check(slug: &str, display_name: &str) -> Result<(), TextError> {
    text::slug("slug", slug)?;
    text::line("display_name", display_name, MAX_DISPLAY_NAME)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::TypedId;

    fn active() -> Project {
        let create = Command::Create {
            organization: OrganizationId::from_uuid(Uuid::from_u128(1)),
            slug: "research".into(),
            display_name: "Research".into(),
        };
        Project::default().evolve_all(&Project::default().decide(create).unwrap())
    }

    #[test]
    fn an_archived_project_takes_no_changes() {
        let archived = active().evolve_all(&active().decide(Command::Archive).unwrap());
        let rename = Command::Update { slug: Some("other".into()), display_name: None };
        assert!(matches!(archived.decide(rename), Err(Rejection::Archived)));
        assert!(matches!(archived.require_active(), Err(Rejection::Archived)));
        assert_eq!(archived.decide(Command::Archive).unwrap(), []);
    }

    #[test]
    fn an_update_keeps_what_is_not_given() {
        let rename = Command::Update { slug: None, display_name: Some("Lab".into()) };
        let state = active().evolve_all(&active().decide(rename).unwrap());
        assert_eq!(state.details().map(|d| (&*d.slug, &*d.display_name)), Some(("research", "Lab")));
    }
}
