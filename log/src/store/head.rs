//! The head row: where the log ends.

use crate::hash::Hash;

/// The one row that every append moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadRow {
    /// Position of the last entry; 0 in an empty log.
    pub position: u64,
    /// Hash of the last entry; zeros in an empty log.
    pub hash: Hash,
    /// `recorded_at` of the last entry, in microseconds.
    pub recorded_at: u64,
    /// Roots of the complete subtrees of the tree over the entries, largest first.
    pub frontier: Vec<Hash>,
    /// Raised to make sure that a statement of unknown fate can no longer succeed.
    pub fence: u64,
    /// Why no process may append.
    pub stopped: Option<String>,
}

/// The head row with the store's own clock at the moment it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadNow {
    /// The row.
    pub row: HeadRow,
    /// The store's clock, in microseconds since the Unix epoch.
    pub clock: u64,
}

/// The frontier as one column: the hashes one after the other.
pub(super) fn frontier_to_bytes(frontier: &[Hash]) -> Vec<u8> {
    frontier.iter().flat_map(|hash| hash.0).collect()
}

/// The column as hashes; `None` if it is not a whole number of them.
pub(super) fn frontier_from_bytes(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    rest.is_empty().then(|| hashes.iter().map(|bytes| Hash(*bytes)).collect())
}
