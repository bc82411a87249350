//! Reading the log from its start, once: each entry follows from the one before, and the
//! tree over them is known.

use crate::checkpoint::VerifierKey;
use crate::declaration::{Declaration, LOG_KIND};
use crate::entry::{Entry, PayloadRef};
use crate::hash::Hash;
use crate::store::{LogStore, StoreError};
use crate::tree::Frontier;

/// Entries read at once.
const PAGE: usize = 1_000;

/// Why the log could not be read further.
#[derive(Debug)]
pub(super) enum WalkError {
    Store(StoreError),
    /// It is not a chain any more.
    Broken(String),
}

/// How far the log was read.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub tree: Frontier,
    hash: Hash,
    peaks_before: Vec<Hash>,
    /// Lists of keys: the one in force at the last checkpoint, and those since.
    lists: Vec<Vec<VerifierKey>>,
    last_signed: Option<u64>,
}

impl Walk {
    /// Position of the last entry read.
    pub(super) fn position(&self) -> Option<u64> {
        Some(self.tree.size()).filter(|size| *size > 0)
    }

    /// Hash of the last entry read.
    pub(super) fn hash(&self) -> Hash {
        self.hash
    }

    /// The frontier before the last entry read.
    pub(super) fn peaks_before(&self) -> &[Hash] {
        &self.peaks_before
    }

    pub(super) fn key_lists(&self) -> &[Vec<VerifierKey>] {
        &self.lists
    }

    pub(super) fn last_signed(&self) -> Option<u64> {
        self.last_signed
    }

    /// A checkpoint of this size is kept: lists of keys before the one in force are done
    /// with.
    pub(super) fn signed(&mut self, size: u64) {
        self.last_signed = Some(size);
        let replaced = self.lists.len().saturating_sub(1);
        self.lists.drain(..replaced);
    }

    /// Reads on to a size.
    pub(super) async fn go_to(&mut self, store: &dyn LogStore, size: u64) -> Result<(), WalkError> {
        while self.tree.size() < size {
            let entries = store.entries(self.tree.size(), PAGE).await.map_err(WalkError::Store)?;
            if entries.is_empty() {
                let (ends, next) = (self.tree.size(), self.tree.size() + 1);
                return Err(WalkError::Broken(format!("it ends at entry {ends}, but entry {next} was there before")));
            }
            for stored in entries.iter().take_while(|stored| stored.position <= size) {
                self.step(&stored.bytes)?;
            }
        }
        Ok(())
    }

    fn step(&mut self, bytes: &[u8]) -> Result<(), WalkError> {
        let next = self.tree.size() + 1;
        let broken = || WalkError::Broken(format!("entry {next} does not follow from the one before"));
        let entry = Entry::decode(bytes).map_err(|_| broken())?;
        if entry.position != next || entry.prev != self.hash {
            return Err(broken());
        }
        if let (LOG_KIND, PayloadRef::Inline(payload)) = (entry.stream.kind, entry.payload)
            && let Ok(Declaration::Created { keys, .. } | Declaration::KeysChanged { keys }) =
                Declaration::decode(entry.event, payload)
        {
            self.lists.push(keys);
        }
        self.hash = Hash::of_entry(bytes);
        self.peaks_before.clear();
        self.peaks_before.extend_from_slice(self.tree.peaks());
        self.tree.push_leaf(bytes);
        Ok(())
    }
}
