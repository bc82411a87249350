//! A token: what an actor shows to be known. The log knows its id and what it allows,
//! never the token.
//!
//! | state | command | events | next |
//! |---|---|---|---|
//! | Absent | Issue | `token.issued` | Active |
//! | Active | Revoke | `token.revoked` | Revoked |
//! | Revoked | Revoke | none | Revoked |
//!
//! A token also stops counting when it expires and when its subject does.

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Rejected};
use crate::code::Code;
use crate::event::{events, fields, words};
use crate::id::{OrganizationId, SecretId, ServiceAccountId, TokenId, UserId};
use crate::sealed::Sealed;
use crate::text::{self, MAX_DISPLAY_NAME, TextError};
use crate::time::Timestamp;

words! {
    /// What a token is for.
    pub enum Purpose {
        /// The operator's, made when a platform is started for the first time.
        Admin = "admin",
        /// A person's own, for programs that act as them.
        Personal = "personal",
        /// A service account's, short-lived, against one of its secrets.
        Access = "access",
    }
}

/// Whom a token speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A person.
    User(UserId),
    /// A machine identity.
    ServiceAccount(ServiceAccountId),
}

/// What a token is called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Name {
    /// By the platform, or by a person before such names were sealed.
    Plain(String),
    /// By a person: what they write may be about them, and is erased with them.
    Sealed(Sealed<String>),
}

fields! {
    /// The token counts from here on.
    pub struct Issued {
        /// Whom it speaks for.
        pub subject: Subject,
        /// What it is for.
        pub purpose: Purpose,
        /// What it is called.
        pub name: Name,
        /// The only organization it reaches; `None`: all that its subject reaches.
        pub organization: Option<OrganizationId>,
        /// The secret it was exchanged for.
        pub secret: Option<SecretId>,
        /// Until when.
        pub expires_at: Timestamp,
    }

    /// The token counts no more.
    pub struct Revoked {}
}

events! {
    /// What can happen to a token.
    pub enum Event {
        /// It was issued.
        Issued(Issued) = "token.issued", 2, was [1 => v1::Issued];
        /// It was revoked.
        Revoked(Revoked) = "token.revoked", 1;
    }
}

/// Shapes that were written before.
pub mod v1 {
    use super::{Name, OrganizationId, Purpose, SecretId, Subject, Timestamp};
    use crate::event::fields;

    fields! {
        /// The token counts from here on.
        pub struct Issued {
            /// Whom it speaks for.
            pub subject: Subject,
            /// What it is for.
            pub purpose: Purpose,
            /// What its owner calls it, for everybody to read.
            pub name: String,
            /// The only organization it reaches; `None`: all that its subject reaches.
            pub organization: Option<OrganizationId>,
            /// The secret it was exchanged for.
            pub secret: Option<SecretId>,
            /// Until when.
            pub expires_at: Timestamp,
        }
    }

    impl From<Issued> for super::Issued {
        fn from(old: Issued) -> Self {
            let Issued { subject, purpose, name, organization, secret, expires_at } = old;
            Self { subject, purpose, name: Name::Plain(name), organization, secret, expires_at }
        }
    }
}

/// What can be asked of a token.
#[derive(Debug, Clone)]
pub enum Command {
    /// Issue it.
    Issue(Issued),
    /// Revoke it.
    Revoke,
}

/// Why a token refuses.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It is there already.
    #[error("this token exists already")]
    Exists,
    /// It is not there.
    #[error("there is no such token")]
    Absent,
    /// Its name is not acceptable.
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

/// The state of a token.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Token {
    /// No entry yet.
    #[default]
    Absent,
    /// It counts, until it expires.
    Active(Issued),
    /// It counts no more.
    Revoked(Issued),
}

impl Token {
    /// What is known of it, whatever its state; `None` if it is absent.
    #[must_use]
    pub fn details(&self) -> Option<&Issued> {
        match self {
            Self::Absent => None,
            Self::Active(issued) | Self::Revoked(issued) => Some(issued),
        }
    }
}

impl Aggregate for Token {
    const KIND: &'static str = "token";
    type Id = TokenId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match (self, command) {
            (Self::Absent, Command::Issue(issued)) => {
                if let Name::Plain(name) = &issued.name {
                    text::line("name", name, MAX_DISPLAY_NAME)?;
                }
                Ok(vec![issued.into()])
            }
            (Self::Active(_) | Self::Revoked(_), Command::Issue(_)) => Err(Rejection::Exists),
            (Self::Active(_), Command::Revoke) => Ok(vec![Revoked {}.into()]),
            (Self::Revoked(_), Command::Revoke) => Ok(vec![]),
            (Self::Absent, Command::Revoke) => Err(Rejection::Absent),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::Issued(issued)) => Self::Active(issued.clone()),
            (Self::Active(issued) | Self::Revoked(issued), Event::Revoked(Revoked {})) => Self::Revoked(issued),
            (Self::Absent, Event::Revoked(Revoked {})) => Self::Absent,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::TypedId;

    #[test]
    fn a_revoked_token_stays_revoked() {
        let issued = Issued {
            subject: Subject::User(UserId::from_uuid(Uuid::from_u128(1))),
            purpose: Purpose::Personal,
            name: Name::Plain("laptop".into()),
            organization: None,
            secret: None,
            expires_at: Timestamp(5),
        };
        let active = Token::default().evolve(&issued.clone().into());
        let revoked = active.clone().evolve_all(&active.decide(Command::Revoke).unwrap());
        assert_eq!(revoked, Token::Revoked(issued.clone()));
        assert_eq!(revoked.decide(Command::Revoke).unwrap(), []);
        assert!(matches!(revoked.decide(Command::Issue(issued)), Err(Rejection::Exists)));
    }
}
