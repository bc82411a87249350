//! An enrollment token: lets one agent take a node for its own, once.
//!
//! | state | command | events | next |
//! |---|---|---|---|
//! | Absent | Issue | `enrollment.issued` | Open |
//! | Open | Use | `enrollment.used` | Used |
//! | Used | Use with the same key | none | Used |
//! | Open | Revoke | `enrollment.revoked` | Revoked |
//! | Used, Revoked | Revoke | none | unchanged |
//!
//! The log holds a keyed digest of the token's secret, never the secret. Whoever lost
//! the answer may ask again with the same key, even after the token has expired.

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Rejected};
use crate::code::Code;
use crate::event::{events, fields};
use crate::fixed::PublicKey;
use crate::id::{EnrollmentId, NodeId};
use crate::service_account::SecretDigest;
use crate::time::Timestamp;

fields! {
    /// The token can be used from here on.
    pub struct Issued {
        /// The node it is for.
        pub node: NodeId,
        /// Keyed digest of its secret.
        pub digest: SecretDigest,
        /// Until when.
        pub expires_at: Timestamp,
    }

    /// The token was used.
    pub struct Used {
        /// By whoever holds this key.
        pub public_key: PublicKey,
    }

    /// The token cannot be used any more.
    pub struct Revoked {}
}

events! {
    /// What can happen to an enrollment token.
    pub enum Event {
        /// It was issued.
        Issued(Issued) = "enrollment.issued", 1;
        /// It was used.
        Used(Used) = "enrollment.used", 1;
        /// It was revoked.
        Revoked(Revoked) = "enrollment.revoked", 1;
    }
}

/// What can be asked of an enrollment token.
#[derive(Debug, Clone)]
pub enum Command {
    /// Issue it.
    Issue(Issued),
    /// Use it.
    Use {
        /// Keyed digest of the secret that was shown.
        digest: SecretDigest,
        /// The key that asks for the node.
        public_key: PublicKey,
        /// When.
        now: Timestamp,
    },
    /// Revoke it.
    Revoke,
}

/// Why an enrollment token refuses.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It is there already.
    #[error("this enrollment token exists already")]
    Exists,
    /// It is not there, or the secret is wrong.
    #[error("this platform issued no such enrollment token; ask its operator for a new one")]
    Unknown,
    /// It was used with another key, or revoked.
    #[error("this enrollment token was used or revoked; ask the operator for a new one")]
    Used,
    /// It has expired.
    #[error("this enrollment token has expired; ask the operator for a new one")]
    Expired,
}

impl Rejected for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::Exists => Code::AlreadyExists,
            Self::Unknown => Code::EnrollmentTokenUnknown,
            Self::Used => Code::EnrollmentTokenUsed,
            Self::Expired => Code::EnrollmentTokenExpired,
        }
    }
}

/// The state of an enrollment token.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Enrollment {
    /// No entry yet.
    #[default]
    Absent,
    /// It can be used, until it expires.
    Open(Issued),
    /// It was used.
    Used {
        /// What it was.
        issued: Issued,
        /// By whom.
        public_key: PublicKey,
    },
    /// It can never be used.
    Revoked(Issued),
}

impl Enrollment {
    /// What it is, whatever its state; `None` if it is absent.
    #[must_use]
    pub fn details(&self) -> Option<&Issued> {
        match self {
            Self::Absent => None,
            Self::Open(issued) | Self::Used { issued, .. } | Self::Revoked(issued) => Some(issued),
        }
    }

    fn use_once(&self, shown: SecretDigest, key: PublicKey, now: Timestamp) -> Result<Vec<Event>, Rejection> {
        // A wrong secret learns nothing of the token's state.
        if self.details().is_none_or(|issued| issued.digest != shown) {
            return Err(Rejection::Unknown);
        }
        match self {
            Self::Absent => Err(Rejection::Unknown),
            Self::Open(issued) if now >= issued.expires_at => Err(Rejection::Expired),
            Self::Open(_) => Ok(vec![Used { public_key: key }.into()]),
            Self::Used { public_key, .. } if *public_key == key => Ok(vec![]),
            Self::Used { .. } | Self::Revoked(_) => Err(Rejection::Used),
        }
    }
}

impl Aggregate for Enrollment {
    const KIND: &'static str = "enrollment";
    type Id = EnrollmentId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match (self, command) {
            (Self::Absent, Command::Issue(issued)) => Ok(vec![issued.into()]),
            (Self::Open(_) | Self::Used { .. } | Self::Revoked(_), Command::Issue(_)) => Err(Rejection::Exists),
            (_, Command::Use { digest, public_key, now }) => self.use_once(digest, public_key, now),
            (Self::Absent, Command::Revoke) => Err(Rejection::Unknown),
            (Self::Open(_), Command::Revoke) => Ok(vec![Revoked {}.into()]),
            (Self::Used { .. } | Self::Revoked(_), Command::Revoke) => Ok(vec![]),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::Issued(issued)) => Self::Open(issued.clone()),
            (Self::Open(issued), Event::Used(Used { public_key })) => Self::Used { issued, public_key: *public_key },
            (Self::Open(issued), Event::Revoked(Revoked {})) => Self::Revoked(issued),
            (state @ (Self::Absent | Self::Used { .. } | Self::Revoked(_)), Event::Used(_) | Event::Revoked(_)) => {
                state
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::TypedId;

    fn open() -> Enrollment {
        let node = NodeId::from_uuid(Uuid::from_u128(1));
        let issued = Issued { node, digest: SecretDigest([1; 32]), expires_at: Timestamp(100) };
        Enrollment::default().evolve_all(&Enrollment::default().decide(Command::Issue(issued)).unwrap())
    }

    fn use_with(digest: u8, key: u8, now: u64) -> Command {
        let (digest, public_key) = (SecretDigest([digest; 32]), PublicKey([key; 32]));
        Command::Use { digest, public_key, now: Timestamp(now) }
    }

    #[test]
    fn a_token_is_used_once() {
        let used = open().evolve_all(&open().decide(use_with(1, 7, 5)).unwrap());
        assert!(matches!(used.decide(use_with(1, 8, 6)), Err(Rejection::Used)));
    }

    #[test]
    fn the_same_key_may_retry_even_after_the_token_expired() {
        let used = open().evolve_all(&open().decide(use_with(1, 7, 5)).unwrap());
        assert_eq!(used.decide(use_with(1, 7, 500)).unwrap(), []);
    }

    #[test]
    fn an_expired_token_is_refused() {
        assert!(matches!(open().decide(use_with(1, 7, 100)), Err(Rejection::Expired)));
    }

    #[test]
    fn a_wrong_secret_learns_nothing_of_the_state() {
        let revoked = open().evolve_all(&open().decide(Command::Revoke).unwrap());
        for state in [Enrollment::Absent, open(), revoked.clone()] {
            assert!(matches!(state.decide(use_with(2, 7, 500)), Err(Rejection::Unknown)));
        }
        assert!(matches!(revoked.decide(use_with(1, 7, 5)), Err(Rejection::Used)));
    }
}
