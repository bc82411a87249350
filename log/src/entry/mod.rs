//! The entry: one record of the log, 21 elements (format, section 2).
//!
//! [`Entry`] borrows from the bytes it was decoded from. [`StoredEntry`] owns the
//! bytes, which are the truth.

mod decode;
mod encode;
mod few;
mod known;

use std::sync::Arc;

use uuid::Uuid;

pub use decode::DecodeError;
pub use few::Few;
pub(crate) use known::Known;

use crate::hash::Hash;

/// Number of elements.
pub const ARITY: usize = 21;
/// Most bytes of an entry.
pub const MAX_BYTES: usize = 65_535;
/// Random bytes before the payload in a detached body.
pub const DETACHED_SALT: usize = 16;

/// The organization an entry belongs to; `None` is the platform.
pub type Owner = Option<Uuid>;

/// Aggregate and instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamRef<'a> {
    /// The aggregate's kind.
    pub kind: &'a str,
    /// The instance.
    pub id: Uuid,
}

/// Where an entry stands in its append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppendRef {
    /// Unique in the log.
    pub command_id: Uuid,
    /// From 0.
    pub index: u64,
    /// Number of entries of the append.
    pub count: u64,
}

/// The command that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandRef<'a> {
    /// Its name.
    pub name: &'a str,
    /// Hash of the idempotency key, unique in the log; only at index 0.
    pub idempotency: Option<Hash>,
    /// Digest of the request; only at index 0.
    pub request: Option<Hash>,
}

/// Who issued the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActorRef<'a> {
    /// `user`, `service_account`, `node`, `policy`, `system`, …
    pub kind: &'a str,
    /// `None` only for `system`.
    pub id: Option<Uuid>,
    /// The token or certificate used.
    pub token: Option<Uuid>,
    /// On whose behalf.
    pub on_behalf_of: Option<StreamRef<'a>>,
}

/// The access rules that allowed the command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRef<'a> {
    /// Digest of the rule set.
    pub rule_set: Hash,
    /// The rules that decided, sorted, unique.
    pub rules: Few<&'a str>,
}

/// The entry that led to a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Nothing in a log did.
    None,
    /// An earlier entry of this log.
    Here(u64),
    /// An entry of another log.
    Elsewhere {
        /// The other log's id.
        log_id: Uuid,
        /// The position there.
        position: u64,
        /// The entry's hash.
        hash: Hash,
    },
}

/// A stream that a decision depended on, with its version just before the append.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct GuardRef<'a> {
    /// The stream.
    pub stream: StreamRef<'a>,
    /// 0: the stream was absent.
    pub version: u64,
}

/// A unique name that is taken or released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClaimRef<'a> {
    /// What the name is unique among.
    pub scope: &'a str,
    /// Hash of the name under the log's claim key.
    pub name: Hash,
    /// Takes it, or releases it.
    pub takes: bool,
}

/// Where an entry's payload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadRef<'a> {
    /// In the entry.
    Inline(&'a [u8]),
    /// In a body outside it: 16 random bytes, then the payload.
    Detached {
        /// [`Hash::of_detached`] of the body.
        digest: Hash,
        /// Length of the body.
        length: u64,
    },
}

/// One record of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Place in the log, gapless, from 1.
    pub position: u64,
    /// Microseconds since the Unix epoch.
    pub recorded_at: u64,
    /// Whose it is.
    pub owner: Owner,
    /// Place among the owner's entries, gapless, from 1.
    pub owner_sequence: u64,
    /// Hash of the owner's previous entry; zeros for the first.
    pub owner_prev: Hash,
    /// Aggregate and instance.
    pub stream: StreamRef<'a>,
    /// Place in the stream, gapless, from 1.
    pub version: u64,
    /// What happened.
    pub event: &'a str,
    /// Version of the payload's shape, from 1.
    pub schema: u64,
    /// Place in the append.
    pub append: AppendRef,
    /// The command.
    pub command: CommandRef<'a>,
    /// Who.
    pub actor: ActorRef<'a>,
    /// By which rules; `None` only for actors `policy` and `system`.
    pub decision: Option<DecisionRef<'a>>,
    /// W3C trace id, not all zero.
    pub trace: [u8; 16],
    /// What led to it.
    pub cause: Cause,
    /// Only at index 0; ascending.
    pub guards: Few<GuardRef<'a>>,
    /// Only at index 0; ascending by scope, then name.
    pub claims: Vec<ClaimRef<'a>>,
    /// The event's fields.
    pub payload: PayloadRef<'a>,
    /// Hash of the entry before; zeros for position 1.
    pub prev: Hash,
}

impl Entry<'_> {
    /// Whether this is the last entry of its append.
    #[must_use]
    pub fn ends_append(&self) -> bool {
        self.append.index + 1 == self.append.count
    }
}

/// An entry as it is stored: its bytes, and what is outside them.
#[derive(Debug, Clone)]
pub struct StoredEntry {
    /// The position, as the bytes say.
    pub position: u64,
    /// The entry.
    pub bytes: Arc<[u8]>,
    /// The detached body, where there is one and it was not erased.
    pub body: Option<Arc<[u8]>>,
}

impl StoredEntry {
    /// Decodes the bytes. They were checked when they were appended or imported,
    /// so an error means that the store was altered.
    pub fn entry(&self) -> Result<Entry<'_>, DecodeError> {
        Entry::decode(&self.bytes)
    }

    /// Hash of the entry.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of_entry(&self.bytes)
    }

    /// The payload's bytes, inline or from the detached body (without its 16 random
    /// bytes); `None` if the body was erased.
    pub fn payload(&self) -> Result<Option<&[u8]>, DecodeError> {
        Ok(match Entry::decode(&self.bytes)?.payload {
            PayloadRef::Inline(payload) => Some(payload),
            PayloadRef::Detached { .. } => self.body.as_deref().and_then(|body| body.get(DETACHED_SALT..)),
        })
    }
}
