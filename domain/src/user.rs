//! A person who uses the platform. Name and e-mail are sealed from the first event on.
//!
//! | state | command | events | next |
//! |---|---|---|---|
//! | Absent | Create | `user.created` | Active |
//! | Active | ChangeProfile | `user.profile_changed` | Active |
//! | Active | SetPlatformRoles | `user.platform_roles_set`, or none | Active |
//! | Active | Disable | `user.disabled` | Disabled |
//! | Disabled | Enable | `user.enabled` | Active |
//! | Active, Disabled | Erase | `user.erased` | Erased |
//!
//! An erased account stays erased, and nothing is asked of it any more.
//!
//! The e-mail address is unique in the whole log: the engine claims its keyed hash, and
//! releases it when the person is erased, so that somebody may use the address again.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Rejected};
use crate::code::Code;
use crate::event::{events, fields, words};
use crate::id::UserId;
use crate::sealed::Sealed;

/// Scope of the claim on a person's e-mail address.
pub const EMAIL_CLAIM: &str = "user.email";

words! {
    /// What a person may do across all organizations.
    pub enum PlatformRole {
        /// Everything.
        Admin = "platform_admin",
        /// See how the platform runs.
        OpsRead = "platform_ops_read",
        /// Run nodes and the catalog.
        OpsWrite = "platform_ops_write",
        /// Read every log entry, change nothing.
        Auditor = "platform_auditor",
    }
}

fields! {
    /// A person may use the platform from here on.
    pub struct Created {
        /// Name for people.
        pub display_name: Sealed<String>,
        /// E-mail address.
        pub email: Sealed<String>,
        /// What they may do across all organizations.
        pub platform_roles: BTreeSet<PlatformRole>,
    }

    /// Name and address, as they are from here on.
    pub struct ProfileChanged {
        /// Name for people.
        pub display_name: Sealed<String>,
        /// E-mail address.
        pub email: Sealed<String>,
    }

    /// The platform roles, as they are from here on.
    pub struct PlatformRolesSet {
        /// What they may do across all organizations.
        pub platform_roles: BTreeSet<PlatformRole>,
    }

    /// No token of theirs counts from here on.
    pub struct Disabled {}

    /// Their tokens count again.
    pub struct Enabled {}

    /// Nothing counts that is theirs, for ever. From here on the key of their name and
    /// address is destroyed wherever it is.
    pub struct Erased {}
}

events! {
    /// What can happen to a person's account.
    pub enum Event {
        /// It was created.
        Created(Created) = "user.created", 1;
        /// Name or address changed.
        ProfileChanged(ProfileChanged) = "user.profile_changed", 1;
        /// Platform roles changed.
        PlatformRolesSet(PlatformRolesSet) = "user.platform_roles_set", 1;
        /// It was disabled.
        Disabled(Disabled) = "user.disabled", 1;
        /// It was enabled again.
        Enabled(Enabled) = "user.enabled", 1;
        /// The person was erased.
        Erased(Erased) = "user.erased", 1;
    }
}

/// What can be asked of a person's account.
#[derive(Debug, Clone)]
pub enum Command {
    /// Create it.
    Create(Created),
    /// Change name and address.
    ChangeProfile(ProfileChanged),
    /// Replace the platform roles.
    SetPlatformRoles(BTreeSet<PlatformRole>),
    /// Let no token of theirs count.
    Disable,
    /// Let their tokens count again.
    Enable,
    /// Forget the person.
    Erase,
}

/// Why a person's account refuses.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It is there already.
    #[error("this user exists already")]
    Exists,
    /// It is not there.
    #[error("there is no such user")]
    Absent,
    /// It is disabled.
    #[error("this user is disabled; enable the user first")]
    Disabled,
    /// The person was erased.
    #[error("this person was erased, and the account cannot be used any more; create another one if they are back")]
    Erased,
}

impl Rejected for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::Exists => Code::AlreadyExists,
            Self::Absent => Code::NotFound,
            Self::Disabled => Code::UserDisabled,
            Self::Erased => Code::UserErased,
        }
    }
}

/// What is known of a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// Name for people.
    pub display_name: Sealed<String>,
    /// E-mail address.
    pub email: Sealed<String>,
    /// What they may do across all organizations.
    pub platform_roles: BTreeSet<PlatformRole>,
}

/// The state of a person's account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum User {
    /// No entry yet.
    #[default]
    Absent,
    /// In use.
    Active(Details),
    /// Not allowed to act.
    Disabled(Details),
    /// Forgotten: nothing is known of them but that they were there.
    Erased,
}

impl User {
    /// What is known of them; `None` if nothing is, or nothing any more.
    #[must_use]
    pub fn details(&self) -> Option<&Details> {
        match self {
            Self::Absent | Self::Erased => None,
            Self::Active(details) | Self::Disabled(details) => Some(details),
        }
    }
}

impl Aggregate for User {
    const KIND: &'static str = "user";
    type Id = UserId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match (self, command) {
            (Self::Absent, Command::Create(created)) => Ok(vec![created.into()]),
            (Self::Active(_) | Self::Disabled(_), Command::Create(_)) => Err(Rejection::Exists),
            (Self::Active(_), Command::ChangeProfile(profile)) => Ok(vec![profile.into()]),
            (Self::Active(details), Command::SetPlatformRoles(platform_roles)) => {
                let changed = details.platform_roles != platform_roles;
                Ok(changed.then(|| PlatformRolesSet { platform_roles }.into()).into_iter().collect())
            }
            (Self::Active(_), Command::Disable) => Ok(vec![Disabled {}.into()]),
            (Self::Active(_), Command::Enable) | (Self::Disabled(_), Command::Disable) => Ok(vec![]),
            (Self::Disabled(_), Command::Enable) => Ok(vec![Enabled {}.into()]),
            (Self::Active(_) | Self::Disabled(_), Command::Erase) => Ok(vec![Erased {}.into()]),
            (Self::Disabled(_), Command::ChangeProfile(_) | Command::SetPlatformRoles(_)) => Err(Rejection::Disabled),
            (
                Self::Absent,
                Command::ChangeProfile(_)
                | Command::SetPlatformRoles(_)
                | Command::Disable
                | Command::Enable
                | Command::Erase,
            ) => Err(Rejection::Absent),
            (
                Self::Erased,
                Command::Create(_)
                | Command::ChangeProfile(_)
                | Command::SetPlatformRoles(_)
                | Command::Disable
                | Command::Enable
                | Command::Erase,
            ) => Err(Rejection::Erased),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::Created(Created { display_name, email, platform_roles })) => Self::Active(Details {
                display_name: display_name.clone(),
                email: email.clone(),
                platform_roles: platform_roles.clone(),
            }),
            (Self::Active(details), Event::ProfileChanged(ProfileChanged { display_name, email })) => {
                Self::Active(Details { display_name: display_name.clone(), email: email.clone(), ..details })
            }
            (Self::Active(details), Event::PlatformRolesSet(PlatformRolesSet { platform_roles })) => {
                Self::Active(Details { platform_roles: platform_roles.clone(), ..details })
            }
            (Self::Active(details), Event::Disabled(Disabled {})) => Self::Disabled(details),
            (Self::Disabled(details), Event::Enabled(Enabled {})) => Self::Active(details),
            (Self::Active(_) | Self::Disabled(_) | Self::Erased, Event::Erased(Erased {})) => Self::Erased,
            (Self::Absent, Event::Erased(Erased {})) => Self::Absent,
            (
                state @ (Self::Absent | Self::Active(_) | Self::Disabled(_) | Self::Erased),
                Event::ProfileChanged(_) | Event::PlatformRolesSet(_) | Event::Disabled(_) | Event::Enabled(_),
            ) => state,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn active() -> User {
        let sealed = || Sealed::new(Uuid::from_u128(1), vec![1, 2, 3]);
        let created = Created { display_name: sealed(), email: sealed(), platform_roles: BTreeSet::new() };
        User::default().evolve(&created.into())
    }

    #[test]
    fn a_disabled_user_changes_nothing_until_enabled() {
        let disabled = active().evolve_all(&active().decide(Command::Disable).unwrap());
        let roles = Command::SetPlatformRoles([PlatformRole::Admin].into());
        assert!(matches!(disabled.decide(roles), Err(Rejection::Disabled)));
        let enabled = disabled.clone().evolve_all(&disabled.decide(Command::Enable).unwrap());
        assert_eq!(enabled, active());
    }

    #[test]
    fn an_erased_user_is_nobody_for_ever() {
        for before in [active(), active().evolve(&Disabled {}.into())] {
            let erased = before.clone().evolve_all(&before.decide(Command::Erase).unwrap());
            assert_eq!((erased.details(), &erased), (None, &User::Erased));
            let roles = Command::SetPlatformRoles([PlatformRole::Admin].into());
            for command in [Command::Enable, Command::Disable, Command::Erase, roles] {
                assert!(matches!(erased.decide(command), Err(Rejection::Erased)));
            }
        }
        assert!(matches!(User::default().decide(Command::Erase), Err(Rejection::Absent)));
    }

    #[test]
    fn setting_the_same_roles_gives_no_event() {
        assert_eq!(active().decide(Command::SetPlatformRoles(BTreeSet::new())).unwrap(), []);
    }
}
