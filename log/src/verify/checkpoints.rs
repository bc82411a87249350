//! The checkpoints of a whole log: read as they come.

use crate::checkpoint::{Checkpoint, SignedCheckpoint};

/// Checkpoints, ascending by size.
#[derive(Debug)]
pub(super) struct Checkpoints {
    origin: String,
    read: Vec<SignedCheckpoint>,
    is_broken: bool,
}

impl Checkpoints {
    /// None so far, of the log of this origin.
    pub(super) fn new(origin: String) -> Self {
        Self { origin, read: Vec::new(), is_broken: false }
    }

    /// Reads the next. One that cannot be read, is of another log, or is not larger than
    /// the one before breaks the list.
    pub(super) fn take(&mut self, body: &[u8]) {
        let is_larger = |signed: &SignedCheckpoint| self.last().is_none_or(|last| last.size < signed.checkpoint().size);
        match SignedCheckpoint::parse(body) {
            Ok(signed) if self.is_of_log(&signed) && is_larger(&signed) => self.read.push(signed),
            Ok(_) | Err(_) => self.is_broken = true,
        }
    }

    /// Whether one broke the list.
    pub(super) fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// Those that were read.
    pub(super) fn iter(&self) -> impl Iterator<Item = &SignedCheckpoint> {
        self.read.iter()
    }

    /// The largest.
    pub(super) fn last(&self) -> Option<&Checkpoint> {
        self.read.last().map(SignedCheckpoint::checkpoint)
    }

    /// Whether a checkpoint is of this log.
    pub(super) fn is_of_log(&self, signed: &SignedCheckpoint) -> bool {
        signed.checkpoint().origin == self.origin
    }
}
