//! What a caller asks to be appended, and how that can end.

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::entry::{Cause, Owner};
use crate::hash::Hash;

/// A kind, an event, a command, a scope: mostly compiled in.
pub type Name = Cow<'static, str>;

/// Aggregate and instance.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    /// The aggregate's kind.
    pub kind: Name,
    /// The instance.
    pub id: Uuid,
}

impl StreamId {
    /// The stream of an instance.
    pub fn new(kind: impl Into<Name>, id: Uuid) -> Self {
        Self { kind: kind.into(), id }
    }
}

impl std::fmt::Display for StreamId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.kind, self.id)
    }
}

/// Who issues a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// `user`, `service_account`, `node`, `policy`, `system`, …
    pub kind: Name,
    /// `None` only for `system`.
    pub id: Option<Uuid>,
    /// The token or certificate used.
    pub token: Option<Uuid>,
    /// On whose behalf.
    pub on_behalf_of: Option<StreamId>,
}

impl Actor {
    /// The process itself.
    #[must_use]
    pub fn system() -> Self {
        Self { kind: Name::Borrowed("system"), id: None, token: None, on_behalf_of: None }
    }
}

/// The access rules that allowed a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Digest of the rule set.
    pub rule_set: Hash,
    /// The ids of the rules that decided; the appender sorts them.
    pub rules: Vec<String>,
}

/// What every entry of an append carries alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// The command's name.
    pub command: Name,
    /// Hash of the idempotency key, unique in the log.
    pub idempotency: Option<Hash>,
    /// Digest of the request.
    pub request: Option<Hash>,
    /// Who.
    pub actor: Actor,
    /// By which rules; `None` only for actors `policy` and `system`.
    pub decision: Option<Decision>,
    /// W3C trace id, not all zero.
    pub trace: [u8; 16],
    /// What led to it.
    pub cause: Cause,
}

/// A command of somebody who has the log itself say something, and what the decision to
/// let them rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commanded {
    /// What the entry carries.
    pub metadata: Metadata,
    /// At most one per stream.
    pub guards: Vec<Guard>,
}

/// The fields of a new event, as canonical MessagePack of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewPayload {
    /// Kept in the entry.
    Inline(Vec<u8>),
    /// Kept outside the entry and erasable as a whole: for what is large or personal.
    Detached(Vec<u8>),
}

/// An event to append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// What happened: `project.created`.
    pub event: Name,
    /// Version of the payload's shape.
    pub schema: u64,
    /// Its fields.
    pub payload: NewPayload,
}

/// The events of one stream in an append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamAppend {
    /// The stream.
    pub stream: StreamId,
    /// Whose it is; fixed by the stream's first entry.
    pub owner: Owner,
    /// The version that the decision was made on; 0: the stream is absent.
    pub expected: u64,
    /// In order, at least one.
    pub events: Vec<NewEvent>,
}

/// A stream that the decision depended on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Guard {
    /// The stream.
    pub stream: StreamId,
    /// Its version just before this append; 0: absent.
    pub version: u64,
}

/// A unique name to take or release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClaimChange {
    /// What the name is unique among.
    pub scope: Name,
    /// Hash of the name under the log's claim key.
    pub name: Hash,
    /// Takes it, or releases it.
    pub takes: bool,
}

/// The entries of one command: appended all or none.
#[derive(Debug, Clone)]
pub struct Append {
    /// Unique in the log.
    pub command_id: Uuid,
    /// What all entries carry.
    pub metadata: Metadata,
    /// The streams, each at most once, at least one. A claim belongs to the first.
    pub streams: Vec<StreamAppend>,
    /// At most one per stream; the appender sorts them.
    pub guards: Vec<Guard>,
    /// At most one per scope and name; the appender sorts them.
    pub claims: Vec<ClaimChange>,
    /// Blobs that declared fields of the payloads name by digest.
    pub blobs: Vec<Arc<[u8]>>,
}

/// Where an append's entries stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// First and last position.
    pub positions: RangeInclusive<u64>,
    /// Microseconds since the Unix epoch.
    pub recorded_at: u64,
}

/// Why an append was not made, or is not known to have been.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// A stream has moved on, or is not there yet: decide again on its new state.
    #[error("stream {stream} is at version {actual}, not {expected}")]
    VersionConflict {
        /// The stream.
        stream: StreamId,
        /// What the caller expected.
        expected: u64,
        /// What it is.
        actual: u64,
    },
    /// A stream that the decision depended on has moved on.
    #[error("guarded stream {stream} is at version {actual}, not {expected}")]
    GuardConflict {
        /// The stream.
        stream: StreamId,
        /// What the caller expected.
        expected: u64,
        /// What it is.
        actual: u64,
    },
    /// The name is held by another stream (or by this one already).
    #[error("the name is taken in {scope} by {holder}")]
    ClaimTaken {
        /// The claim's scope.
        scope: Name,
        /// The claimed hash.
        name: Hash,
        /// Who holds it.
        holder: StreamId,
    },
    /// The name to release is not held by the append's first stream.
    #[error("the name is not held in {scope} by this stream")]
    ClaimNotHeld {
        /// The claim's scope.
        scope: Name,
        /// The claimed hash.
        name: Hash,
    },
    /// Other keys are in force than those that were to be replaced.
    #[error("the keys in force are those of entry {in_force_since}")]
    KeysChanged {
        /// The entry that put them in force.
        in_force_since: u64,
    },
    /// A command with this id, or with this idempotency hash, is in the log already.
    #[error("the command is in the log already, at {first:?}")]
    Duplicate {
        /// Where the first one stands.
        first: Appended,
        /// Digest of the first one's request.
        request: Option<Hash>,
    },
    /// An entry would have more than 65,535 bytes, or the append more than the limit.
    #[error("too large: {0}")]
    TooLarge(String),
    /// The append breaks the format, or names what was not declared.
    #[error("invalid: {0}")]
    Invalid(String),
    /// The queue is full, or the deadline passed while it waited. Nothing was written.
    #[error("overloaded: try again in {retry_after:?}")]
    Overloaded {
        /// When to try again.
        retry_after: Duration,
    },
    /// The store cannot be reached, or a clock is wrong. Nothing was written.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// The connection broke at commit, and the store has not been reached since:
    /// the append may be in the log. Ask again with the same command id.
    #[error("unknown whether it was written: {0}")]
    Unknown(String),
    /// The log refuses to be appended to until an operator acts.
    #[error("stopped: {0}")]
    Stopped(String),
}

impl AppendError {
    /// Whether the same append may succeed if it is tried again unchanged.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Self::Overloaded { .. } | Self::Unavailable(_) | Self::Unknown(_) => true,
            Self::VersionConflict { .. }
            | Self::GuardConflict { .. }
            | Self::ClaimTaken { .. }
            | Self::ClaimNotHeld { .. }
            | Self::KeysChanged { .. }
            | Self::Duplicate { .. }
            | Self::TooLarge(_)
            | Self::Invalid(_)
            | Self::Stopped(_) => false,
        }
    }
}
