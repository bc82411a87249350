//! Where a log can be rebuilt from.

use std::sync::Arc;

use async_trait::async_trait;

use crate::hash::Hash;

/// Why a source does not give what it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// It cannot be reached, or refuses. What it holds is not known; another try can help.
    #[error("{0}")]
    Unavailable(String),
    /// What it should hold is not there, or is not what was written: which object or which
    /// message, and what is wrong with it. Another try cannot help.
    #[error("{0}")]
    Damaged(String),
}

/// A signed checkpoint as a source holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptCheckpoint {
    /// What the source calls it, for whoever has to look.
    pub name: String,
    /// The bytes of the note.
    pub note: Vec<u8>,
}

/// A copy of a log outside its store, such as the archive or the mirror.
///
/// Nothing that a source gives is believed: the restore verifies entries,
/// bodies, blobs and checkpoints as an import does. A source need not check them itself,
/// but it says what it sees: the name of a broken object helps more than a bad hash.
#[async_trait]
pub trait Source: Send + Sync {
    /// What it is and where, for people: `the archive s3://backups/gpuaas`.
    fn place(&self) -> String;

    /// The bytes of entries after a position, in order and without a gap, at most `limit`
    /// and at least one. Empty only where the source ends: where it goes on after a gap,
    /// it is damaged, and the error says which entries are missing.
    async fn entries(&self, after: u64, limit: usize) -> Result<Vec<Arc<[u8]>>, SourceError>;

    /// The detached body with this digest ([`Hash::of_detached`]); `None` if it is not
    /// there, which is right where it was erased. Asked for after the entry that names it
    /// was read.
    async fn body(&self, digest: Hash) -> Result<Option<Arc<[u8]>>, SourceError>;

    /// The blob with this digest ([`Hash::of_blob`]). Asked for after the entry that names
    /// it first was read, and before the entries after that page.
    async fn blob(&self, digest: Hash) -> Result<Option<Arc<[u8]>>, SourceError>;

    /// The signed checkpoints, in any order. There may be several of one size, with
    /// signatures of different witnesses. Asked for after the last entry was read. Where the
    /// copy is still being written, only those of entries that it gave: others would say
    /// that something is lost.
    async fn checkpoints(&self) -> Result<Vec<KeptCheckpoint>, SourceError>;
}
