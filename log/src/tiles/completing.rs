//! Complete tiles out of a store: those that it keeps, and those that it should.

use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::{CompleteTile, TILE_WIDTH, TileId};
use crate::hash::Hash;
use crate::store::{LogStore, StoreError};
use crate::tree::leaf_hash;

/// Tiles written at once: half a megabyte.
const BATCH: usize = 64;

/// Reads tiles, and computes those that are missing.
pub(super) struct Completing<'s> {
    store: &'s dyn LogStore,
    /// Computed, and not yet stored.
    computed: Vec<CompleteTile>,
}

impl<'s> Completing<'s> {
    pub(super) fn new(store: &'s dyn LogStore) -> Self {
        Self { store, computed: Vec::new() }
    }

    /// The hashes of a tile that is complete.
    pub(super) fn complete(&mut self, id: TileId) -> BoxFuture<'_, Result<Vec<Hash>, StoreError>> {
        async move {
            if let Some(tile) = self.store.tile(id).await? {
                return Ok(tile.hashes().to_vec());
            }
            let hashes = self.first_of(id, TILE_WIDTH).await?;
            let tile = CompleteTile::new(id, hashes.clone());
            self.computed.extend(tile);
            if self.computed.len() >= BATCH {
                self.keep().await;
            }
            Ok(hashes)
        }
        .boxed()
    }

    /// The first `width` hashes of a tile, by what is below it.
    pub(super) async fn first_of(&mut self, id: TileId, width: u64) -> Result<Vec<Hash>, StoreError> {
        let first = id.index * TILE_WIDTH;
        let Some(level) = id.level.checked_sub(1) else {
            let leaves = leaves(self.store, first, width).await?;
            return Ok(leaves.iter().map(|bytes| leaf_hash(bytes)).collect());
        };
        let mut known = self.store.tile_roots(level, first..first + width).await?.into_iter().peekable();
        let mut hashes = Vec::new();
        for index in first..first + width {
            hashes.push(match known.next_if(|(place, _)| *place == index) {
                Some((_, root)) => root,
                None => super::root_over(&self.complete(TileId { level, index }).await?),
            });
        }
        Ok(hashes)
    }

    /// Stores what was computed. A store that is full still has its entries.
    pub(super) async fn keep(&mut self) {
        let computed = std::mem::take(&mut self.computed);
        if computed.is_empty() {
            return;
        }
        if let Err(error) = self.store.put_tiles(&computed).await {
            tracing::debug!(%error, "tiles were computed and not kept");
        }
    }
}

/// The bytes of `width` entries after the first `first`.
pub(super) async fn leaves(store: &dyn LogStore, first: u64, width: u64) -> Result<Vec<Vec<u8>>, StoreError> {
    let leaves = store.leaves(first, usize::try_from(width).unwrap_or(usize::MAX)).await?;
    if (leaves.len() as u64) < width {
        return Err(StoreError::Damaged(format!("one of the {width} entries after entry {first} is missing")));
    }
    Ok(leaves)
}
