//! Tiles of a tree that is read leaf by leaf from its start.

use super::{CompleteTile, TILE_WIDTH, TileId};
use crate::hash::Hash;

/// The highest level of which a tree can have a tile: one over 2^64 leaves.
const HIGHEST: u8 = 7;

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

    /// The tile of each level that is next to be complete, whether it has a hash yet or not.
    pub(crate) fn edge(&self) -> impl Iterator<Item = TileId> {
        let index = |level: u8| self.levels.get(usize::from(level)).map_or(0, |edge| edge.index);
        (0..=HIGHEST).map(move |level| TileId { level, index: index(level) })
    }
}
