//! The Merkle tree over the log, read from a store: proofs, roots and tiles of the tree at
//! any size that the log has, or had.
//!
//! The tree is cut into tiles as C2SP `tlog-tiles` cuts it: eight levels of nodes, of which
//! the lowest, up to 256 hashes, is the tile. A complete tile never changes. The
//! checkpointer writes it once; where it is missing (in a log that was imported, say) it is
//! computed from the entries and kept. A tile that is not complete is never stored.
//!
//! What this is not for: which sizes may be told to whom.

mod completing;
mod growing;
mod path;
mod reader;

pub(crate) use growing::GrowingTiles;
pub use path::{Published, TilePath, TilePathError};
pub use reader::TreeReader;

use crate::hash::Hash;
use crate::store::StoreError;
use crate::tree::Frontier;

/// Levels of nodes in a tile.
pub const TILE_HEIGHT: u32 = 8;
/// Hashes in a complete tile, and entries in a complete bundle.
pub const TILE_WIDTH: u64 = 1 << TILE_HEIGHT;

/// Which tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileId {
    /// 0 holds the hashes of leaves; a hash of any other is the root of a complete tile one
    /// level below.
    pub level: u8,
    /// Place in its level, from 0.
    pub index: u64,
}

/// A tile that never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompleteTile {
    id: TileId,
    root: Hash,
    hashes: Vec<Hash>,
}

impl CompleteTile {
    /// The tile of these hashes. `None` if they are not as many as a complete tile has.
    #[must_use]
    pub fn new(id: TileId, hashes: Vec<Hash>) -> Option<Self> {
        (hashes.len() as u64 == TILE_WIDTH).then(|| Self { id, root: root_over(&hashes), hashes })
    }

    /// Which it is.
    #[must_use]
    pub fn id(&self) -> TileId {
        self.id
    }

    /// Root over its hashes, which is a hash of the tile above.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.root
    }

    /// Its hashes.
    #[must_use]
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }
}

/// Why something of the tree is not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// It is not in a tree of that size.
    #[error("that lies beyond the tree, which has {size} entries")]
    Beyond {
        /// Number of entries.
        size: u64,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Root over nodes of one level.
fn root_over(hashes: &[Hash]) -> Hash {
    let mut frontier = Frontier::new();
    hashes.iter().for_each(|hash| frontier.push_hash(*hash));
    frontier.root()
}

/// Hashes, one after the other.
pub(crate) fn to_bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}
