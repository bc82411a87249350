//! A machine identity of a project. It exchanges one of its secrets for short-lived tokens.
//!
//! | state | command | events | next |
//! |---|---|---|---|
//! | Absent | Create | `service_account.created` | Active |
//! | Active | ChangeRole | `service_account.role_changed`, or none | Active |
//! | Active | AddSecret | `service_account.secret_added` | Active |
//! | Active | RevokeSecret | `service_account.secret_revoked` | Active |
//! | Active | Delete | `service_account.deleted` | Deleted |
//! | Deleted | Delete | none | Deleted |
//!
//! The log holds a keyed digest of each secret, never the secret.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Rejected};
use crate::code::Code;
use crate::event::{events, fields};
pub use crate::fixed::SecretDigest;
use crate::id::{OrganizationId, ProjectId, SecretId, ServiceAccountId};
use crate::membership::ProjectRole;
use crate::text::{self, TextError};
use crate::time::Timestamp;

/// Scope of the claim on a service account's name, within its organization.
pub const NAME_CLAIM: &str = "service_account.name";

/// Most secrets at a time: enough to rotate, few enough to oversee.
pub const MAX_SECRETS: usize = 5;

fields! {
    /// A service account exists from here on.
    pub struct Created {
        /// Whose it is.
        pub organization: OrganizationId,
        /// Where it acts.
        pub project: ProjectId,
        /// Name, unique in the project.
        pub name: String,
        /// What it may do there.
        pub role: ProjectRole,
    }

    /// The role, as it is from here on.
    pub struct RoleChanged {
        /// What it may do.
        pub role: ProjectRole,
    }

    /// A secret can be exchanged from here on.
    pub struct SecretAdded {
        /// Which.
        pub secret: SecretId,
        /// Its keyed digest.
        pub digest: SecretDigest,
        /// Until when; `None`: until it is revoked.
        pub expires_at: Option<Timestamp>,
    }

    /// A secret can be exchanged no more.
    pub struct SecretRevoked {
        /// Which.
        pub secret: SecretId,
    }

    /// It acts no more, and its tokens do not count.
    pub struct Deleted {}
}

events! {
    /// What can happen to a service account.
    pub enum Event {
        /// It was created.
        Created(Created) = "service_account.created", 1;
        /// The role changed.
        RoleChanged(RoleChanged) = "service_account.role_changed", 1;
        /// A secret was added.
        SecretAdded(SecretAdded) = "service_account.secret_added", 1;
        /// A secret was revoked.
        SecretRevoked(SecretRevoked) = "service_account.secret_revoked", 1;
        /// It was deleted.
        Deleted(Deleted) = "service_account.deleted", 1;
    }
}

/// What can be asked of a service account.
#[derive(Debug, Clone)]
pub enum Command {
    /// Create it.
    Create(Created),
    /// Change what it may do.
    ChangeRole(ProjectRole),
    /// Add a secret.
    AddSecret(SecretAdded),
    /// Revoke a secret.
    RevokeSecret(SecretId),
    /// Delete it.
    Delete,
}

/// Why a service account refuses.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It is there already.
    #[error("this service account exists already")]
    Exists,
    /// It is not there, or was deleted.
    #[error("there is no such service account")]
    Absent,
    /// It has no such secret.
    #[error("the service account has no such secret")]
    NoSuchSecret,
    /// It has as many secrets as it may have.
    #[error("a service account has at most {MAX_SECRETS} secrets; revoke one first")]
    TooManySecrets,
    /// Its name is not acceptable.
    #[error("{0}")]
    Text(#[from] TextError),
}

impl Rejected for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::Exists => Code::AlreadyExists,
            Self::Absent | Self::NoSuchSecret => Code::NotFound,
            Self::TooManySecrets => Code::TooManySecrets,
            Self::Text(_) => Code::InvalidField,
        }
    }
}

/// A secret that can be exchanged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Secret {
    /// Its keyed digest.
    pub digest: SecretDigest,
    /// Until when; `None`: until it is revoked.
    pub expires_at: Option<Timestamp>,
}

/// What is known of a service account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Where it acts.
    pub project: ProjectId,
    /// Name, unique in the project.
    pub name: String,
    /// What it may do there.
    pub role: ProjectRole,
    /// What it can exchange for tokens.
    pub secrets: BTreeMap<SecretId, Secret>,
}

/// The state of a service account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum ServiceAccount {
    /// No entry yet.
    #[default]
    Absent,
    /// In use.
    Active(Details),
    /// Acts no more.
    Deleted(Details),
}

impl ServiceAccount {
    /// What is known of it, whatever its state; `None` if it is absent.
    #[must_use]
    pub fn details(&self) -> Option<&Details> {
        match self {
            Self::Absent => None,
            Self::Active(details) | Self::Deleted(details) => Some(details),
        }
    }
}

impl Aggregate for ServiceAccount {
    const KIND: &'static str = "service_account";
    type Id = ServiceAccountId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match (self, command) {
            (Self::Absent, Command::Create(created)) => {
                text::slug("name", &created.name)?;
                Ok(vec![created.into()])
            }
            (Self::Active(_) | Self::Deleted(_), Command::Create(_)) => Err(Rejection::Exists),
            (Self::Active(details), Command::ChangeRole(role)) => {
                Ok((details.role != role).then(|| RoleChanged { role }.into()).into_iter().collect())
            }
            (Self::Active(details), Command::AddSecret(added)) => {
                if details.secrets.len() >= MAX_SECRETS {
                    return Err(Rejection::TooManySecrets);
                }
                Ok(vec![added.into()])
            }
            (Self::Active(details), Command::RevokeSecret(secret)) => {
                if !details.secrets.contains_key(&secret) {
                    return Err(Rejection::NoSuchSecret);
                }
                Ok(vec![SecretRevoked { secret }.into()])
            }
            (Self::Active(_), Command::Delete) => Ok(vec![Deleted {}.into()]),
            (Self::Deleted(_), Command::Delete) => Ok(vec![]),
            (
                Self::Absent | Self::Deleted(_),
                Command::ChangeRole(_) | Command::AddSecret(_) | Command::RevokeSecret(_),
            )
            | (Self::Absent, Command::Delete) => Err(Rejection::Absent),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::Created(Created { organization, project, name, role })) => Self::Active(Details {
                organization: *organization,
                project: *project,
                name: name.clone(),
                role: *role,
                secrets: BTreeMap::new(),
            }),
            (Self::Active(details), Event::RoleChanged(RoleChanged { role })) => {
                Self::Active(Details { role: *role, ..details })
            }
            (Self::Active(mut details), Event::SecretAdded(SecretAdded { secret, digest, expires_at })) => {
                details.secrets.insert(*secret, Secret { digest: *digest, expires_at: *expires_at });
                Self::Active(details)
            }
            (Self::Active(mut details), Event::SecretRevoked(SecretRevoked { secret })) => {
                details.secrets.remove(secret);
                Self::Active(details)
            }
            (Self::Active(details), Event::Deleted(Deleted {})) => Self::Deleted(details),
            (
                state @ (Self::Absent | Self::Deleted(_)),
                Event::RoleChanged(_) | Event::SecretAdded(_) | Event::SecretRevoked(_) | Event::Deleted(_),
            ) => state,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::TypedId;

    fn active() -> ServiceAccount {
        let created = Created {
            organization: OrganizationId::from_uuid(Uuid::from_u128(1)),
            project: ProjectId::from_uuid(Uuid::from_u128(2)),
            name: "ci".into(),
            role: ProjectRole::Developer,
        };
        ServiceAccount::default().evolve(&created.into())
    }

    fn secret(number: u128) -> SecretAdded {
        let digest = SecretDigest([7; 32]);
        SecretAdded { secret: SecretId::from_uuid(Uuid::from_u128(number)), digest, expires_at: None }
    }

    #[test]
    fn the_sixth_secret_is_refused() {
        let full = (1..=5).fold(active(), |state, number| {
            let events = state.decide(Command::AddSecret(secret(number))).unwrap();
            state.evolve_all(&events)
        });
        let refused = full.decide(Command::AddSecret(secret(6))).unwrap_err();
        assert_eq!(refused.code(), Code::TooManySecrets);
    }

    #[test]
    fn a_revoked_secret_is_gone() {
        let with = active().evolve(&secret(1).into());
        let without = with.clone().evolve_all(&with.decide(Command::RevokeSecret(secret(1).secret)).unwrap());
        assert_eq!(without, active());
    }
}
