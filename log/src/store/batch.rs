//! What a store writes in one transaction.

use std::sync::Arc;

use uuid::Uuid;

use super::HeadRow;
use crate::append::{Name, StreamId};
use crate::entry::{Entry, Owner, PayloadRef};
use crate::hash::Hash;

/// An entry with the columns that index it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The entry's bytes: the truth.
    pub bytes: Arc<[u8]>,
    /// Element 1.
    pub position: u64,
    /// Element 2.
    pub recorded_at: u64,
    /// Element 3.
    pub owner: Owner,
    /// Element 4.
    pub owner_sequence: u64,
    /// Element 6.
    pub stream: StreamId,
    /// Element 7.
    pub version: u64,
    /// Element 8.
    pub event: Name,
    /// Element 10.
    pub command_id: Uuid,
    /// Element 10.
    pub append_index: u64,
    /// Element 10.
    pub append_count: u64,
    /// The first half of the idempotency hash of element 11. The hash is of a key that
    /// nobody outside has, so that halves are as good as unique too.
    pub idempotency: Option<Uuid>,
    /// Element 18, if the payload is detached.
    pub body: Option<Hash>,
}

impl Row {
    /// The columns that an entry's bytes call for.
    #[must_use]
    pub fn of(entry: &Entry<'_>, bytes: Arc<[u8]>) -> Self {
        Self {
            bytes,
            position: entry.position,
            recorded_at: entry.recorded_at,
            owner: entry.owner,
            owner_sequence: entry.owner_sequence,
            stream: StreamId::new(entry.stream.kind.to_owned(), entry.stream.id),
            version: entry.version,
            event: entry.event.to_owned().into(),
            command_id: entry.append.command_id,
            append_index: entry.append.index,
            append_count: entry.append.count,
            idempotency: entry.command.idempotency.as_ref().map(half),
            body: match entry.payload {
                PayloadRef::Inline(_) => None,
                PayloadRef::Detached { digest, .. } => Some(digest),
            },
        }
    }
}

/// The half of an idempotency hash that stands in the column.
pub(crate) fn half(hash: &Hash) -> Uuid {
    let (half, _) = hash.0.split_first_chunk().expect("a hash has 32 bytes");
    Uuid::from_bytes(*half)
}

/// A claimed name and who holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldClaim {
    /// What the name is unique among.
    pub scope: Name,
    /// The name's hash.
    pub name: Hash,
    /// The stream that took it.
    pub holder: StreamId,
}

/// What a batch does to a row of the claims, all its appends taken together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimWrite {
    /// The name was free and is held now.
    Insert(HeldClaim),
    /// The name was held and is held by another now.
    Move(HeldClaim),
    /// The name was held and is free now.
    Delete {
        /// What the name is unique among.
        scope: Name,
        /// The name's hash.
        name: Hash,
    },
}

/// Whole appends, chained to the head that they were made on.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The head that the rows chain to. The batch is written only if it still is the
    /// head (position, hash, fence) and is not stopped.
    pub before: HeadRow,
    /// The head after the rows. Its fence and its stop flag are not written.
    pub after: HeadRow,
    /// The clock of the process, in microseconds. The batch is written only if the
    /// store's clock agrees with it.
    pub clock: u64,
    /// The entries.
    pub rows: Vec<Row>,
    /// Changes of the claims, at most one for each.
    pub claims: Vec<ClaimWrite>,
    /// Blobs that may be there already.
    pub blobs: Vec<(Hash, Arc<[u8]>)>,
    /// Detached bodies.
    pub bodies: Vec<(Hash, Arc<[u8]>)>,
    /// Digests of the detached bodies that the rows erase.
    pub erased: Vec<Hash>,
}

impl Batch {
    /// Whether there is anything but entries to write.
    pub(super) fn is_plain(&self) -> bool {
        self.claims.is_empty() && self.blobs.is_empty() && self.bodies.is_empty() && self.erased.is_empty()
    }
}

/// How writing a batch ended, if it did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is written; durable if it was committed.
    Done,
    /// Nothing was written: the head is another one, or is stopped, or the clocks
    /// disagree. Look at the head.
    HeadMoved,
    /// Nothing was written: a command id, an idempotency hash or a new stream is in
    /// the log already. Look them up.
    Collision,
}
