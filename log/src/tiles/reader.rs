//! The tree at one size.

use std::ops::Range;
use std::sync::Arc;

use foldhash::HashMap;

use super::completing::{Completing, leaves};
use super::{TILE_HEIGHT, TILE_WIDTH, TileId, TreeError, root_over, to_bytes};
use crate::hash::Hash;
use crate::store::LogStore;
use crate::tree::{Subtree, consistency_ranges, empty_root, inclusion_ranges, root_of, subtrees};

/// Reads the tree over the first entries of a log. A proof costs a few tiles; those that
/// were read are remembered as long as this lives.
pub struct TreeReader<'s> {
    store: &'s dyn LogStore,
    size: u64,
    known: HashMap<TileId, Arc<[Hash]>>,
}

impl<'s> TreeReader<'s> {
    /// The tree over the first `size` entries.
    pub async fn at(store: &'s dyn LogStore, size: u64) -> Result<Self, TreeError> {
        let head = store.head().await?.row.position;
        if size > head {
            return Err(TreeError::Beyond { size: head });
        }
        Ok(Self { store, size, known: HashMap::default() })
    }

    /// Number of entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Root of the tree.
    pub async fn root(&mut self) -> Result<Hash, TreeError> {
        self.root_of_range(0..self.size).await
    }

    /// Proof that the entry with this index (its position less one) is in the tree, from
    /// the leaf to the root.
    pub async fn inclusion(&mut self, index: u64) -> Result<Vec<Hash>, TreeError> {
        if index >= self.size {
            return Err(self.beyond());
        }
        self.roots(inclusion_ranges(index, self.size)).await
    }

    /// Proof that the tree of the first `old` entries is the start of this one. Empty for
    /// the whole of it, and for nothing of it.
    pub async fn consistency(&mut self, old: u64) -> Result<Vec<Hash>, TreeError> {
        if old > self.size {
            return Err(self.beyond());
        }
        self.roots(consistency_ranges(old, self.size)).await
    }

    /// The first `width` hashes of a tile, one after the other.
    pub async fn tile(&mut self, id: TileId, width: u64) -> Result<Vec<u8>, TreeError> {
        if width == 0 || width > self.width(id) {
            return Err(self.beyond());
        }
        let hashes = self.hashes(id).await?;
        Ok(to_bytes(&hashes[..width as usize]))
    }

    /// The first `width` entries of a bundle, each after its length.
    pub async fn bundle(&mut self, index: u64, width: u64) -> Result<Vec<u8>, TreeError> {
        if width == 0 || width > self.width(TileId { level: 0, index }) {
            return Err(self.beyond());
        }
        let mut bundle = Vec::new();
        for entry in leaves(self.store, index * TILE_WIDTH, width).await? {
            let length = u16::try_from(entry.len()).expect("an entry has at most 65,535 bytes");
            bundle.extend(length.to_be_bytes());
            bundle.extend(entry);
        }
        Ok(bundle)
    }

    /// How many hashes a tile has in this tree; 0 if it is not in it.
    #[must_use]
    pub fn width(&self, id: TileId) -> u64 {
        let hashes = self.size.checked_shr(TILE_HEIGHT * u32::from(id.level)).unwrap_or(0);
        hashes.saturating_sub(id.index.saturating_mul(TILE_WIDTH)).min(TILE_WIDTH)
    }

    fn beyond(&self) -> TreeError {
        TreeError::Beyond { size: self.size }
    }

    async fn roots(&mut self, ranges: Vec<Range<u64>>) -> Result<Vec<Hash>, TreeError> {
        let mut roots = Vec::with_capacity(ranges.len());
        for range in ranges {
            roots.push(self.root_of_range(range).await?);
        }
        Ok(roots)
    }

    async fn root_of_range(&mut self, range: Range<u64>) -> Result<Hash, TreeError> {
        let mut nodes = Vec::new();
        for part in subtrees(range) {
            nodes.push(self.node(part).await?);
        }
        Ok(root_of(&nodes).unwrap_or_else(empty_root))
    }

    /// Root of a complete subtree: over a part of the one tile that it lies in.
    async fn node(&mut self, part: Subtree) -> Result<Hash, TreeError> {
        let (level, height) = (part.level / TILE_HEIGHT, part.level % TILE_HEIGHT);
        let first = part.index << height;
        let level = u8::try_from(level).expect("a tree has at most 2^64 leaves");
        let hashes = self.hashes(TileId { level, index: first / TILE_WIDTH }).await?;
        let at = (first % TILE_WIDTH) as usize;
        Ok(root_over(&hashes[at..at + (1 << height)]))
    }

    /// All hashes that a tile has in this tree.
    async fn hashes(&mut self, id: TileId) -> Result<Arc<[Hash]>, TreeError> {
        if let Some(known) = self.known.get(&id) {
            return Ok(Arc::clone(known));
        }
        let mut completing = Completing::new(self.store);
        let hashes = match self.width(id) {
            TILE_WIDTH => completing.complete(id).await?,
            width => completing.first_of(id, width).await?,
        };
        completing.keep().await;
        let hashes: Arc<[Hash]> = hashes.into();
        self.known.insert(id, Arc::clone(&hashes));
        Ok(hashes)
    }
}
