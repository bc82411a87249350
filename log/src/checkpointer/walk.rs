//! Reading the log from its start, once: each entry follows from the one before, and the
//! tree over them is known.

use rustc_hash::FxHashSet;

use crate::checkpoint::VerifierKey;
use crate::declaration::{Declaration, LOG_KIND};
use crate::entry::{Entry, PayloadRef};
use crate::hash::Hash;
use crate::store::{LogStore, StoreError};
use crate::tiles::{CompleteTile, GrowingTiles};
use crate::tree::{Frontier, leaf_hash};

/// Entries read at once.
const PAGE: usize = 1_000;
/// Tiles written at once: half a megabyte.
const BATCH: usize = 64;

/// Why the log could not be read further.
#[derive(Debug)]
pub(super) enum WalkError {
    Store(StoreError),
    /// It is not a chain any more.
    Broken(String),
}

/// How far the log was read.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub tree: Frontier,
    hash: Hash,
    peaks_before: Vec<Hash>,
    /// Lists of keys: the one in force at the last checkpoint, and those since.
    lists: Vec<Vec<VerifierKey>>,
    last_signed: Option<u64>,
    tiles: GrowingTiles,
    /// Tiles that were completed and are not yet stored.
    completed: Vec<CompleteTile>,
}

impl Walk {
    /// Position of the last entry read.
    pub(super) fn position(&self) -> Option<u64> {
        Some(self.tree.size()).filter(|size| *size > 0)
    }

    /// Hash of the last entry read.
    pub(super) fn hash(&self) -> Hash {
        self.hash
    }

    /// The frontier before the last entry read.
    pub(super) fn peaks_before(&self) -> &[Hash] {
        &self.peaks_before
    }

    pub(super) fn key_lists(&self) -> &[Vec<VerifierKey>] {
        &self.lists
    }

    pub(super) fn last_signed(&self) -> Option<u64> {
        self.last_signed
    }

    /// A checkpoint of this size is kept: lists of keys before the one in force are done
    /// with.
    pub(super) fn signed(&mut self, size: u64) {
        self.last_signed = Some(size);
        let replaced = self.lists.len().saturating_sub(1);
        self.lists.drain(..replaced);
    }

    /// Reads on to a size.
    pub(super) async fn go_to(&mut self, store: &dyn LogStore, size: u64) -> Result<(), WalkError> {
        while self.tree.size() < size {
            let entries = store.entries(self.tree.size(), PAGE).await.map_err(WalkError::Store)?;
            if entries.is_empty() {
                let (ends, next) = (self.tree.size(), self.tree.size() + 1);
                return Err(WalkError::Broken(format!("it ends at entry {ends}, but entry {next} was there before")));
            }
            for stored in entries.iter().take_while(|stored| stored.position <= size) {
                self.step(&stored.bytes)?;
            }
            if self.completed.len() >= BATCH {
                self.keep_tiles(store).await;
            }
        }
        Ok(())
    }

    fn step(&mut self, bytes: &[u8]) -> Result<(), WalkError> {
        let next = self.tree.size() + 1;
        let broken = || WalkError::Broken(format!("entry {next} does not follow from the one before"));
        let entry = Entry::decode(bytes).map_err(|_| broken())?;
        if entry.position != next || entry.prev != self.hash {
            return Err(broken());
        }
        if let (LOG_KIND, PayloadRef::Inline(payload)) = (entry.stream.kind, entry.payload)
            && let Ok(Declaration::Created { keys, .. } | Declaration::KeysChanged { keys }) =
                Declaration::decode(entry.event, payload)
        {
            self.lists.push(keys);
        }
        self.hash = Hash::of_entry(bytes);
        self.peaks_before.clear();
        self.peaks_before.extend_from_slice(self.tree.peaks());
        let leaf = leaf_hash(bytes);
        self.tree.push_hash(leaf);
        self.completed.extend(self.tiles.push(leaf));
        Ok(())
    }

    /// Stores the tiles that were completed, but for those that are. Without them the tree
    /// can be read all the same: they are computed where they are missing.
    pub(super) async fn keep_tiles(&mut self, store: &dyn LogStore) {
        if let Err(error) = put_missing(store, std::mem::take(&mut self.completed)).await {
            tracing::warn!(%error, "tiles were not stored");
        }
    }
}

/// Stores those of the tiles that are not.
async fn put_missing(store: &dyn LogStore, mut tiles: Vec<CompleteTile>) -> Result<(), StoreError> {
    let lowest = |tile: &&CompleteTile| tile.id().level == 0;
    let (first, last) = (tiles.iter().find(lowest), tiles.iter().rfind(lowest));
    if let (Some(first), Some(last)) = (first, last) {
        // Those of the levels above are few.
        let stored = store.tile_roots(0, first.id().index..last.id().index + 1).await?;
        let stored: FxHashSet<u64> = stored.into_iter().map(|(index, _)| index).collect();
        tiles.retain(|tile| tile.id().level > 0 || !stored.contains(&tile.id().index));
    }
    for batch in tiles.chunks(BATCH) {
        store.put_tiles(batch).await?;
    }
    Ok(())
}
