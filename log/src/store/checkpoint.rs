//! Checkpoints that were given to others, with what witnesses say of them.

use super::StoreError;
use super::column::number;
use super::head::{frontier_from_bytes, frontier_to_bytes};
use crate::checkpoint::{SignatureLine, SignedCheckpoint};
use crate::hash::Hash;

/// A signed checkpoint, beside the entries that it covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedCheckpoint {
    /// Number of entries.
    pub size: u64,
    /// The signed note; as it is read, with the cosignatures that came since.
    pub note: String,
    /// The frontier of the tree one entry earlier, largest first: from the last to the
    /// first it is the proof that the last entry, a `log.heads_committed`, is in the tree.
    pub peaks_before: Vec<Hash>,
}

impl PublishedCheckpoint {
    /// `lines` are cosignatures, each with its end.
    pub(super) fn from_columns(
        (size, note, peaks, lines): (i64, String, Vec<u8>, Option<String>),
    ) -> Result<Self, StoreError> {
        let damaged = || StoreError::Damaged("the frontier of a checkpoint".into());
        let note = lines.map_or_else(|| Ok(note.clone()), |lines| with_lines(&note, &lines))?;
        Ok(Self { size: number(size)?, note, peaks_before: frontier_from_bytes(&peaks).ok_or_else(damaged)? })
    }

    pub(super) fn peaks_column(&self) -> Vec<u8> {
        frontier_to_bytes(&self.peaks_before)
    }
}

/// No more lines than a reader takes.
fn with_lines(note: &str, lines: &str) -> Result<String, StoreError> {
    let damaged = |_| StoreError::Damaged("a checkpoint or a cosignature of it".into());
    let lines: Vec<SignatureLine> = lines.lines().map(str::parse).collect::<Result<_, _>>().map_err(damaged)?;
    let signed: SignedCheckpoint = note.parse().map_err(damaged)?;
    Ok(signed.with(lines).to_string())
}
