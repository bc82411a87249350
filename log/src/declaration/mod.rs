//! What the log says of itself: the payloads of the `log.*` events (format, section 3).
//!
//! Whether a declaration may stand where it stands is not known here; `state` follows that.

mod decode;
mod encode;

pub use decode::DeclarationError;

use uuid::Uuid;

use crate::checkpoint::VerifierKey;
use crate::entry::Owner;
use crate::hash::Hash;

/// The log's own kind, which needs no declaration.
pub const LOG_KIND: &str = "log";
/// Schema of all `log.*` events.
pub const LOG_SCHEMA: u64 = 1;
/// The kind that has a stream for each organization.
pub const ORGANIZATION_KIND: &str = "organization";
/// An organization's first event.
pub const ORGANIZATION_CREATED: &str = "organization.created";

/// Event of [`Declaration::Created`].
pub const CREATED: &str = "log.created";
/// Event of [`Declaration::KindDeclared`].
pub const KIND_DECLARED: &str = "log.kind_declared";
/// Event of [`Declaration::SchemaDeclared`].
pub const SCHEMA_DECLARED: &str = "log.schema_declared";
/// Event of [`Declaration::HeadsCommitted`].
pub const HEADS_COMMITTED: &str = "log.heads_committed";
/// Event of [`Declaration::KeysChanged`].
pub const KEYS_CHANGED: &str = "log.keys_changed";
/// Event of [`Declaration::PayloadErased`].
pub const PAYLOAD_ERASED: &str = "log.payload_erased";

/// Who may own the streams of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KindOwner {
    /// Only the platform.
    Platform,
    /// Only organizations.
    Organization,
    /// Both.
    Either,
}

impl KindOwner {
    /// As the declaration spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Organization => "organization",
            Self::Either => "either",
        }
    }

    /// Whether this owner may own a stream of the kind.
    #[must_use]
    pub fn allows(self, owner: Owner) -> bool {
        match self {
            Self::Platform => owner.is_none(),
            Self::Organization => owner.is_some(),
            Self::Either => true,
        }
    }
}

/// Which blobs an event of a schema names, and where its JSON Schema is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaDeclared {
    /// The event.
    pub event: String,
    /// The version of its payload's shape.
    pub schema: u64,
    /// Digest of a JSON Schema of the payload, which is a blob.
    pub descriptor: Hash,
    /// Top-level payload fields that hold digests of blobs.
    pub blobs: Vec<String>,
}

/// The owners' heads as of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadsCommitted {
    /// Number of owners.
    pub owners: u64,
    /// Root over their heads.
    pub root: Hash,
    /// Number of entries that the heads are taken from.
    pub size: u64,
}

/// The payload of a `log.*` event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Declaration {
    /// The log's first entry.
    Created {
        /// The keys that sign its checkpoints.
        keys: Vec<VerifierKey>,
        /// Its id.
        log_id: Uuid,
        /// Its name for the outside.
        origin: String,
    },
    /// A kind of streams, before its first use.
    KindDeclared {
        /// The kind.
        kind: String,
        /// Who may own its streams.
        owner: KindOwner,
    },
    /// An event's shape, before its first use.
    SchemaDeclared(SchemaDeclared),
    /// The owners' heads.
    HeadsCommitted(HeadsCommitted),
    /// The keys that sign checkpoints from here on.
    KeysChanged {
        /// The whole new list.
        keys: Vec<VerifierKey>,
    },
    /// Detached bodies that are no longer kept.
    PayloadErased {
        /// Positions of their entries.
        positions: Vec<u64>,
        /// Why.
        reason: String,
    },
}

impl Declaration {
    /// The event's name.
    #[must_use]
    pub fn event(&self) -> &'static str {
        match self {
            Self::Created { .. } => CREATED,
            Self::KindDeclared { .. } => KIND_DECLARED,
            Self::SchemaDeclared(_) => SCHEMA_DECLARED,
            Self::HeadsCommitted(_) => HEADS_COMMITTED,
            Self::KeysChanged { .. } => KEYS_CHANGED,
            Self::PayloadErased { .. } => PAYLOAD_ERASED,
        }
    }
}
