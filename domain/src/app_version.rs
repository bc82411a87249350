//! A version of an app: a manifest that never changes.
//!
//! | state | command | events | next |
//! |---|---|---|---|
//! | Absent | Create | `app_version.created` | Draft |
//! | Draft | Publish | `app_version.published` | Published |
//! | Published | Publish | none | Published |
//! | Draft, Published | Retire | `app_version.retired` | Retired |
//! | Retired | Retire | none | Retired |
//!
//! The event names the manifest by its digest; the blob is the manifest's RFC 8785 text,
//! checked before. A version's name is unique in its app.

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Rejected};
use crate::bounded::Text;
use crate::code::Code;
use crate::event::{events, fields};
use crate::fixed::Digest;
use crate::id::{AppId, AppVersionId, OrganizationId};

/// Scope of the claim on a version's name, with its app before it.
pub const VERSION_CLAIM: &str = "app_version.version";

fields! {
    /// The version exists from here on, and nobody launches it yet.
    pub struct Created {
        /// Whose the app is; `None`: the platform's.
        pub organization: Option<OrganizationId>,
        /// Of which app.
        pub app: AppId,
        /// What it is called: `2026.04-preview`.
        pub version: Text<64>,
        /// BLAKE3 digest of the manifest's RFC 8785 text.
        pub manifest: Digest,
    }

    /// It can be launched from here on.
    pub struct Published {}

    /// It cannot be launched any more; what runs stays.
    pub struct Retired {}
}

events! {
    /// What can happen to a version.
    pub enum Event {
        /// It was created.
        Created(Created) = "app_version.created", 1, blobs ["manifest"];
        /// It was published.
        Published(Published) = "app_version.published", 1;
        /// It was retired.
        Retired(Retired) = "app_version.retired", 1;
    }
}

/// What can be asked of a version.
#[derive(Debug, Clone)]
pub enum Command {
    /// Create it.
    Create(Created),
    /// Let it be launched.
    Publish,
    /// Let it be launched no more.
    Retire,
}

/// Why a version refuses.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It is there already.
    #[error("this version exists already")]
    Exists,
    /// It is not there.
    #[error("there is no such version")]
    Absent,
    /// It is a draft.
    #[error("this version is a draft; publish it first")]
    Draft,
    /// It is retired.
    #[error("this version is retired; create another one")]
    Retired,
    /// Its name is none.
    #[error("version must be 1 to 64 letters, digits, '.', '_', '+' and '-', beginning with a letter or digit")]
    Name,
}

impl Rejected for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::Exists => Code::AlreadyExists,
            Self::Absent => Code::NotFound,
            Self::Draft => Code::AppVersionNotPublished,
            Self::Retired => Code::AppVersionRetired,
            Self::Name => Code::InvalidField,
        }
    }
}

/// The state of a version.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum AppVersion {
    /// No entry yet.
    #[default]
    Absent,
    /// Nobody launches it yet.
    Draft(Created),
    /// It can be launched.
    Published(Created),
    /// It cannot be launched any more.
    Retired(Created),
}

impl AppVersion {
    /// What is known of it, whatever its state; `None` if it is absent.
    #[must_use]
    pub fn details(&self) -> Option<&Created> {
        match self {
            Self::Absent => None,
            Self::Draft(details) | Self::Published(details) | Self::Retired(details) => Some(details),
        }
    }

    /// Succeeds if it can be launched.
    pub fn require_published(&self) -> Result<&Created, Rejection> {
        match self {
            Self::Absent => Err(Rejection::Absent),
            Self::Draft(_) => Err(Rejection::Draft),
            Self::Retired(_) => Err(Rejection::Retired),
            Self::Published(details) => Ok(details),
        }
    }
}

impl Aggregate for AppVersion {
    const KIND: &'static str = "app_version";
    type Id = AppVersionId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match (self, command) {
            (Self::Absent, Command::Create(created)) if is_version(&created.version) => Ok(vec![created.into()]),
            (Self::Absent, Command::Create(_)) => Err(Rejection::Name),
            (Self::Draft(_) | Self::Published(_) | Self::Retired(_), Command::Create(_)) => Err(Rejection::Exists),
            (Self::Absent, Command::Publish | Command::Retire) => Err(Rejection::Absent),
            (Self::Draft(_), Command::Publish) => Ok(vec![Published {}.into()]),
            (Self::Published(_), Command::Publish) => Ok(vec![]),
            (Self::Retired(_), Command::Publish) => Err(Rejection::Retired),
            (Self::Draft(_) | Self::Published(_), Command::Retire) => Ok(vec![Retired {}.into()]),
            (Self::Retired(_), Command::Retire) => Ok(vec![]),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::Created(created)) => Self::Draft(created.clone()),
            (Self::Draft(details), Event::Published(Published {})) => Self::Published(details),
            (Self::Draft(details) | Self::Published(details), Event::Retired(Retired {})) => Self::Retired(details),
            (state @ (Self::Absent | Self::Retired(_)), Event::Published(_) | Event::Retired(_)) => state,
            (state @ Self::Published(_), Event::Published(_)) => state,
        }
    }
}

fn is_version(name: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
    name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric()) && name.bytes().all(inside)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::TypedId;

    fn create(version: &str) -> Command {
        let app = AppId::from_uuid(Uuid::from_u128(1));
        let version = Text::new(version).unwrap();
        Command::Create(Created { organization: None, app, version, manifest: Digest([1; 32]) })
    }

    fn after(commands: impl IntoIterator<Item = Command>) -> AppVersion {
        commands.into_iter().fold(AppVersion::default(), |state, command| {
            let events = state.decide(command).unwrap();
            state.evolve_all(&events)
        })
    }

    #[test]
    fn only_a_published_version_can_be_launched() {
        assert!(matches!(after([create("1")]).require_published(), Err(Rejection::Draft)));
        assert!(after([create("1"), Command::Publish]).require_published().is_ok());
        let retired = after([create("1"), Command::Publish, Command::Retire]);
        assert!(matches!(retired.require_published(), Err(Rejection::Retired)));
        assert!(matches!(retired.decide(Command::Publish), Err(Rejection::Retired)));
    }

    #[test]
    fn a_version_has_a_name() {
        for good in ["1", "2026.04-preview", "v1.2+cu12"] {
            assert!(AppVersion::default().decide(create(good)).is_ok(), "{good}");
        }
        for bad in ["", "-1", "a b", "ä", "a/b"] {
            assert!(matches!(AppVersion::default().decide(create(bad)), Err(Rejection::Name)), "{bad}");
        }
    }
}
