//! What an appender asks a store about many appends at once.

use std::ops::RangeInclusive;

use uuid::Uuid;

use crate::append::{Name, StreamId};
use crate::entry::Owner;
use crate::hash::Hash;

/// A claimed name: scope and hash.
pub type ClaimKey = (Name, Hash);

/// The questions. Each list is answered by a list of the same length and order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Where do these streams end, and whose are they?
    pub streams: Vec<StreamId>,
    /// Who holds these names?
    pub claims: Vec<ClaimKey>,
    /// Where are these commands?
    pub commands: Vec<Uuid>,
    /// Where are the commands with these idempotency hashes?
    pub idempotency: Vec<Hash>,
    /// Are these blobs here?
    pub blobs: Vec<Hash>,
}

impl Wanted {
    /// Whether nothing is asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.streams.is_empty()
            && self.claims.is_empty()
            && self.commands.is_empty()
            && self.idempotency.is_empty()
            && self.blobs.is_empty()
    }
}

/// Where a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamEnd {
    /// Version of its last entry.
    pub version: u64,
    /// Whose it is.
    pub owner: Owner,
}

/// A command that is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundCommand {
    /// Its id.
    pub command_id: Uuid,
    /// Its entries.
    pub positions: RangeInclusive<u64>,
    /// When, in microseconds.
    pub recorded_at: u64,
    /// Its idempotency hash.
    pub idempotency: Option<Hash>,
    /// Digest of its request.
    pub request: Option<Hash>,
}

/// The answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// `None`: no such stream.
    pub streams: Vec<Option<StreamEnd>>,
    /// `None`: the name is free.
    pub claims: Vec<Option<StreamId>>,
    /// `None`: no such command.
    pub commands: Vec<Option<FoundCommand>>,
    /// `None`: no such command.
    pub idempotency: Vec<Option<FoundCommand>>,
    /// Whether the blob is here.
    pub blobs: Vec<bool>,
}
