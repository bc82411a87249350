//! Checkpoints that were given to others.

use super::StoreError;
use super::column::number;
use super::head::{frontier_from_bytes, frontier_to_bytes};
use crate::hash::Hash;

/// A signed checkpoint, beside the entries that it covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedCheckpoint {
    /// Number of entries.
    pub size: u64,
    /// The signed note.
    pub note: String,
    /// The frontier of the tree one entry earlier, largest first: from the last to the
    /// first it is the proof that the last entry, a `log.heads_committed`, is in the tree.
    pub peaks_before: Vec<Hash>,
}

impl PublishedCheckpoint {
    pub(super) fn from_columns((size, note, peaks): (i64, String, Vec<u8>)) -> Result<Self, StoreError> {
        let damaged = || StoreError::Damaged("the frontier of a checkpoint".into());
        Ok(Self { size: number(size)?, note, peaks_before: frontier_from_bytes(&peaks).ok_or_else(damaged)? })
    }

    pub(super) fn peaks_column(&self) -> Vec<u8> {
        frontier_to_bytes(&self.peaks_before)
    }
}
