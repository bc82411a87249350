//! Tiles of a tree that is read leaf by leaf from its start.

use super::{CompleteTile, TILE_WIDTH, TileId};
use crate::hash::Hash;

/// The tiles at the right edge, none of them complete.
#[derive(Debug, Default)]
pub(crate) struct GrowingTiles {
    /// Lowest level first.
    levels: Vec<Edge>,
}

/// The last tile of a level.
#[derive(Debug, Default)]
struct Edge {
    index: u64,
    hashes: Vec<Hash>,
}

impl GrowingTiles {
    /// Takes in the next leaf. Answers the tiles that it completes, lowest first.
    pub(crate) fn push(&mut self, leaf: Hash) -> Vec<CompleteTile> {
        let mut completed = Vec::new();
        let mut hash = leaf;
        for level in 0u8.. {
            if self.levels.len() == usize::from(level) {
                self.levels.push(Edge::default());
            }
            let edge = &mut self.levels[usize::from(level)];
            edge.hashes.push(hash);
            if (edge.hashes.len() as u64) < TILE_WIDTH {
                break;
            }
            let id = TileId { level, index: edge.index };
            let tile = CompleteTile::new(id, std::mem::take(&mut edge.hashes)).expect("it was just filled");
            edge.index += 1;
            hash = tile.root();
            completed.push(tile);
        }
        completed
    }

    /// The tile of each level that is next to be complete.
    pub(crate) fn edge(&self) -> impl Iterator<Item = TileId> {
        (0u8..).zip(&self.levels).map(|(level, edge)| TileId { level, index: edge.index })
    }
}
