//! A project's right to launch an app.
//!
//! | state | command | events | next |
//! |---|---|---|---|
//! | Absent, Disabled | Enable | `entitlement.enabled` | Enabled |
//! | Enabled | Enable | none | Enabled |
//! | Enabled | Disable | `entitlement.disabled` | Disabled |
//! | Absent, Disabled | Disable | none | unchanged |
//!
//! A project has one stream for each app: its id is derived from both, so it is found
//! without a look-up, and its absence can be guarded.

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Rejected};
use crate::code::Code;
use crate::event::{events, fields};
use crate::id::{AppId, EntitlementId, OrganizationId, ProjectId};

fields! {
    /// The project may launch the app from here on.
    pub struct Enabled {
        /// Whose project it is.
        pub organization: OrganizationId,
        /// Which project.
        pub project: ProjectId,
        /// Which app.
        pub app: AppId,
    }

    /// The project may launch the app no more; what runs stays.
    pub struct Disabled {}
}

events! {
    /// What can happen to an entitlement.
    pub enum Event {
        /// It was enabled.
        Enabled(Enabled) = "entitlement.enabled", 1;
        /// It was disabled.
        Disabled(Disabled) = "entitlement.disabled", 1;
    }
}

/// What can be asked of an entitlement.
#[derive(Debug, Clone)]
pub enum Command {
    /// Let the project launch the app.
    Enable(Enabled),
    /// Let it no more.
    Disable,
}

/// Why a command on an entitlement was refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// It was never enabled.
    #[error("the project was never entitled to this app; there is nothing to disable")]
    Absent,
}

impl Rejected for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::Absent => Code::NotFound,
        }
    }
}

/// The state of an entitlement.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Entitlement {
    /// No entry yet.
    #[default]
    Absent,
    /// The project may launch the app.
    Enabled(Enabled),
    /// It may no more.
    Disabled(Enabled),
}

impl Entitlement {
    /// Whose project may launch which app, or might once; `None` if it is absent.
    #[must_use]
    pub fn details(&self) -> Option<&Enabled> {
        match self {
            Self::Absent => None,
            Self::Enabled(details) | Self::Disabled(details) => Some(details),
        }
    }
}

impl Aggregate for Entitlement {
    const KIND: &'static str = "entitlement";
    type Id = EntitlementId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match (self, command) {
            (Self::Absent, Command::Disable) => Err(Rejection::Absent),
            (Self::Absent | Self::Disabled(_), Command::Enable(enabled)) => Ok(vec![enabled.into()]),
            (Self::Enabled(_), Command::Disable) => Ok(vec![Disabled {}.into()]),
            (Self::Enabled(_), Command::Enable(_)) | (Self::Disabled(_), Command::Disable) => Ok(vec![]),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::Enabled(enabled)) => Self::Enabled(enabled.clone()),
            (Self::Enabled(details) | Self::Disabled(details), Event::Disabled(_)) => Self::Disabled(details),
            (Self::Absent, Event::Disabled(_)) => Self::Absent,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::TypedId;

    #[test]
    fn an_entitlement_is_switched_on_and_off() {
        let uuid = Uuid::from_u128(1);
        let enabled = Enabled {
            organization: OrganizationId::from_uuid(uuid),
            project: ProjectId::from_uuid(uuid),
            app: AppId::from_uuid(uuid),
        };
        let enable = || Command::Enable(enabled.clone());
        assert_eq!(Entitlement::Absent.decide(Command::Disable), Err(Rejection::Absent));
        let on = Entitlement::default().evolve_all(&Entitlement::default().decide(enable()).unwrap());
        assert_eq!(on.decide(enable()).unwrap(), []);
        let off = on.clone().evolve_all(&on.decide(Command::Disable).unwrap());
        assert!(matches!(off, Entitlement::Disabled(_)));
        assert_eq!(off.clone().evolve_all(&off.decide(enable()).unwrap()), on);
    }
}
