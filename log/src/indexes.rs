//! The columns beside the bytes, against the bytes: checked on a live log, and rebuilt
//! from the bytes alone after a restore.
//!
//! What this is not for: whether the entries themselves are good is the verifier's.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::append::StreamId;
use crate::encoding::MAX_INTEGER;
use crate::entry::Entry;
use crate::hash::Hash;
use crate::store::{ClaimKey, HeadRow, HeldClaim, LogStore, Row, StoreError};
use crate::tiles::{CompleteTile, GrowingTiles, TileId};
use crate::tree::{Frontier, leaf_hash};

/// Rows read at once.
const PAGE: usize = 1_000;

/// Why the indexes are not what the bytes call for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IndexFault {
    /// The columns of an entry are of something else.
    #[error("the columns of entry {0} are not what its bytes say")]
    Columns(u64),
    /// An entry does not follow from the one before.
    #[error("entry {0} is missing, or does not follow from the one before")]
    Chain(u64),
    /// The claims are others.
    #[error("the claims are not those that the entries leave held")]
    Claims,
    /// A tile is not of the entries.
    #[error("tile {} of level {} is not of the entries that it covers", .0.index, .0.level)]
    Tile(TileId),
    /// The head row is of something else.
    #[error("the head is not of the last entry")]
    Head,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What the bytes of all entries come to.
#[derive(Default)]
struct Sum {
    position: u64,
    hash: Hash,
    recorded_at: u64,
    tree: Frontier,
    tiles: GrowingTiles,
    completed: Vec<CompleteTile>,
    claims: FxHashMap<ClaimKey, StreamId>,
}

impl Sum {
    /// Takes in the next row; answers the columns that its bytes call for.
    fn take(&mut self, row: &Row) -> Result<Row, IndexFault> {
        let chain = IndexFault::Chain(self.position + 1);
        let entry = Entry::decode(&row.bytes).map_err(|_| chain.clone())?;
        if entry.position != self.position + 1 || row.position != entry.position || entry.prev != self.hash {
            return Err(chain);
        }
        for claim in &entry.claims {
            let key = (claim.scope.to_owned().into(), claim.name);
            if claim.takes {
                self.claims.insert(key, StreamId::new(entry.stream.kind.to_owned(), entry.stream.id));
            } else {
                self.claims.remove(&key);
            }
        }
        self.position = entry.position;
        self.recorded_at = entry.recorded_at;
        self.hash = Hash::of_entry(&row.bytes);
        let leaf = leaf_hash(&row.bytes);
        self.tree.push_hash(leaf);
        self.completed.extend(self.tiles.push(leaf));
        Ok(Row::of(&entry, row.bytes.clone()))
    }

    /// The claims, as a store gives them.
    fn claims(&self) -> Vec<HeldClaim> {
        let held = |((scope, name), holder): (&ClaimKey, &StreamId)| HeldClaim {
            scope: scope.clone(),
            name: *name,
            holder: holder.clone(),
        };
        let mut claims: Vec<HeldClaim> = self.claims.iter().map(held).collect();
        claims.sort_unstable_by(|a, b| (&a.scope, a.name).cmp(&(&b.scope, b.name)));
        claims
    }

    fn head(&self) -> HeadRow {
        HeadRow {
            position: self.position,
            hash: self.hash,
            recorded_at: self.recorded_at,
            frontier: self.tree.peaks().to_vec(),
            fence: 0,
            stopped: None,
        }
    }
}

fn places(tile: TileId) -> Range<u64> {
    tile.index..tile.index + 1
}

/// Checks all columns, claims, tiles and the head against the bytes. Appends wait meanwhile.
pub async fn check(store: &dyn LogStore) -> Result<(), IndexFault> {
    let locked = store.lock().await?;
    let mut sum = Sum::default();
    loop {
        let rows = store.rows(sum.position, PAGE).await?;
        if rows.is_empty() {
            break;
        }
        for row in &rows {
            if sum.take(row)? != *row {
                return Err(IndexFault::Columns(row.position));
            }
        }
        for tile in sum.completed.drain(..) {
            if store.tile(tile.id()).await?.is_some_and(|kept| kept != tile)
                || store
                    .tile_roots(tile.id().level, places(tile.id()))
                    .await?
                    .iter()
                    .any(|(_, root)| *root != tile.root())
            {
                return Err(IndexFault::Tile(tile.id()));
            }
        }
    }
    for edge in sum.tiles.edge() {
        if let Some((index, _)) = store.tile_roots(edge.level, edge.index..MAX_INTEGER).await?.first() {
            return Err(IndexFault::Tile(TileId { index: *index, ..edge }));
        }
    }
    if store.claims().await? != sum.claims() {
        return Err(IndexFault::Claims);
    }
    let HeadRow { fence, stopped, .. } = locked.head().row.clone();
    let good = HeadRow { fence, stopped, ..sum.head() } == locked.head().row;
    locked.commit().await?;
    if good { Ok(()) } else { Err(IndexFault::Head) }
}

/// Rebuilds all columns, claims and the head from the bytes, in one transaction, and forgets
/// the tiles, which are computed again when they are asked for. The log ends where an entry
/// is missing or does not follow: that is an error, not repaired.
pub async fn rebuild(store: &dyn LogStore) -> Result<(), IndexFault> {
    let mut locked = store.lock().await?;
    locked.clear_columns().await?;
    let mut sum = Sum::default();
    loop {
        // Positions and bytes are the same inside the transaction and outside of it.
        let rows = store.rows(sum.position, PAGE).await?;
        if rows.is_empty() {
            break;
        }
        let right = rows.iter().map(|row| sum.take(row)).collect::<Result<Vec<_>, _>>()?;
        sum.completed.clear();
        locked.set_columns(&right).await?;
    }
    locked.replace_claims(&sum.claims()).await?;
    locked.clear_tiles().await?;
    locked.replace_head(&sum.head()).await?;
    Ok(locked.commit().await?)
}
