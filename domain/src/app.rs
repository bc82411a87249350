//! An app of the catalog: what versions and artifacts belong to.
//!
//! | state | command | events | next |
//! |---|---|---|---|
//! | Absent | Create | `app.created` | Active |
//! | Active | Update | `app.updated`, or none if nothing changes | Active |
//!
//! It is the platform's, and then everybody's to be entitled to, or an organization's,
//! and then that organization's alone. The slug is unique in the whole log.

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Rejected};
use crate::code::Code;
use crate::event::{events, fields};
use crate::id::{AppId, OrganizationId};
use crate::text::{self, MAX_DISPLAY_NAME, TextError};

/// Scope of the claim on an app's slug.
pub const SLUG_CLAIM: &str = "app.slug";

/// Longest description, in characters.
const MAX_DESCRIPTION: usize = 2000;

fields! {
    /// The app exists from here on.
    pub struct Created {
        /// Whose it is; `None`: the platform's.
        pub organization: Option<OrganizationId>,
        /// Unique name for URLs.
        pub slug: String,
        /// Name for people.
        pub display_name: String,
        /// What it is.
        pub description: Option<String>,
    }

    /// What is said of it, as it is from here on.
    pub struct Updated {
        /// Name for people.
        pub display_name: String,
        /// What it is.
        pub description: Option<String>,
    }
}

events! {
    /// What can happen to an app.
    pub enum Event {
        /// It was created.
        Created(Created) = "app.created", 1;
        /// What is said of it changed.
        Updated(Updated) = "app.updated", 1;
    }
}

/// What can be asked of an app.
#[derive(Debug, Clone)]
pub enum Command {
    /// Create it.
    Create(Created),
    /// Change what is given.
    Update {
        /// Name for people.
        display_name: Option<String>,
        /// What it is; `Some(None)`: nothing is said of it.
        description: Option<Option<String>>,
    },
}

/// Why an app refuses.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It is there already.
    #[error("this app exists already")]
    Exists,
    /// It is not there.
    #[error("there is no such app")]
    Absent,
    /// A text is not acceptable.
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

/// The state of an app.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum App {
    /// No entry yet.
    #[default]
    Absent,
    /// In the catalog.
    Active(Created),
}

impl App {
    /// What is known of it; `None` if it is absent.
    #[must_use]
    pub fn details(&self) -> Option<&Created> {
        match self {
            Self::Absent => None,
            Self::Active(details) => Some(details),
        }
    }

    /// Whether an organization may know of it.
    #[must_use]
    pub fn is_visible_to(&self, organization: OrganizationId) -> bool {
        self.details().is_some_and(|details| details.organization.is_none_or(|owner| owner == organization))
    }
}

impl Aggregate for App {
    const KIND: &'static str = "app";
    type Id = AppId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match (self, command) {
            (Self::Absent, Command::Create(created)) => {
                text::slug("slug", &created.slug)?;
                check(&created.display_name, created.description.as_deref())?;
                Ok(vec![created.into()])
            }
            (Self::Active(_), Command::Create(_)) => Err(Rejection::Exists),
            (Self::Absent, Command::Update { .. }) => Err(Rejection::Absent),
            (Self::Active(old), Command::Update { display_name, description }) => {
                let display_name = display_name.unwrap_or_else(|| old.display_name.clone());
                let description = description.unwrap_or_else(|| old.description.clone());
                check(&display_name, description.as_deref())?;
                let changed = display_name != old.display_name || description != old.description;
                Ok(changed.then(|| Updated { display_name, description }.into()).into_iter().collect())
            }
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::Created(created)) => Self::Active(created.clone()),
            (Self::Active(details), Event::Updated(Updated { display_name, description })) => Self::Active(Created {
                display_name: display_name.clone(),
                description: description.clone(),
                ..details
            }),
            (Self::Absent, Event::Updated(_)) => Self::Absent,
        }
    }
}

fn check(display_name: &str, description: Option<&str>) -> Result<(), TextError> {
    text::line("display_name", display_name, MAX_DISPLAY_NAME)?;
    description.map_or(Ok(()), |description| text::line("description", description, MAX_DESCRIPTION))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::TypedId;

    fn app(organization: Option<u128>) -> App {
        let organization = organization.map(|number| OrganizationId::from_uuid(Uuid::from_u128(number)));
        let created =
            Created { organization, slug: "jupyterlab".into(), display_name: "JupyterLab".into(), description: None };
        App::default().evolve_all(&App::default().decide(Command::Create(created)).unwrap())
    }

    #[test]
    fn an_app_of_an_organization_is_seen_by_it_alone() {
        let [one, other] = [1, 2].map(|number| OrganizationId::from_uuid(Uuid::from_u128(number)));
        assert!(app(None).is_visible_to(one) && app(None).is_visible_to(other));
        assert!(app(Some(1)).is_visible_to(one) && !app(Some(1)).is_visible_to(other));
        assert!(!App::Absent.is_visible_to(one));
    }

    #[test]
    fn an_update_that_changes_nothing_gives_no_event() {
        let same = Command::Update { display_name: Some("JupyterLab".into()), description: None };
        assert_eq!(app(None).decide(same).unwrap(), []);
    }

    #[test]
    fn a_description_is_given_kept_and_taken_away() {
        let update = |app: App, description: Option<Option<&str>>| {
            let description = description.map(|given| given.map(str::to_owned));
            let update = Command::Update { display_name: None, description };
            let events = app.decide(update).unwrap();
            app.evolve_all(&events)
        };
        let said = |app: &App| app.details().and_then(|details| details.description.clone());
        let told = update(app(None), Some(Some("Notebooks.")));
        assert_eq!(said(&told).as_deref(), Some("Notebooks."));
        let kept = update(told, None);
        assert_eq!(said(&kept).as_deref(), Some("Notebooks."));
        assert_eq!(said(&update(kept, Some(None))), None);
    }
}
