//! Where the log is kept: one trait, two stores, the same bytes.
//!
//! A store knows rows and transactions, and nothing of what makes an append valid:
//! that is the appender's. The stored bytes are the truth; the columns beside them
//! are indexes ([`crate::indexes`] checks and rebuilds them).

mod batch;
mod checkpoint;
mod column;
mod error;
mod facts;
mod head;
mod postgres;
mod sqlite;

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;

pub(crate) use batch::half;
pub use batch::{Batch, ClaimWrite, HeldClaim, Row, Written};
pub use checkpoint::PublishedCheckpoint;
pub use error::StoreError;
pub use facts::{ClaimKey, Facts, FoundCommand, StreamEnd, Wanted};
pub use head::{HeadNow, HeadRow};
pub use postgres::{PostgresLog, PostgresOptions};
pub use sqlite::{SqliteLog, SqliteOptions};

use crate::append::StreamId;
use crate::entry::{Owner, StoredEntry};
use crate::hash::Hash;
use crate::tiles::{CompleteTile, TileId};

/// Most that the clock of a process may differ from the store's, in microseconds.
pub const MAX_CLOCK_DIFFERENCE: u64 = 2_000_000;

/// A place where one log is kept.
#[async_trait]
pub trait LogStore: Send + Sync + 'static {
    /// Reads the head row.
    async fn head(&self) -> Result<HeadNow, StoreError>;

    /// Writes a batch durably, in one statement that compares and moves the head.
    async fn commit(&self, batch: &Batch) -> Result<Written, StoreError>;

    /// Begins a transaction and locks the head in it. Any connection that was used to
    /// write before and broke has either written its last by then, or will find a
    /// fence if one is raised.
    async fn lock(&self) -> Result<Box<dyn LockedHead>, StoreError>;

    /// Answers questions about many appends in few round trips.
    async fn facts(&self, wanted: &Wanted) -> Result<Facts, StoreError>;

    /// Entries after a position, in order.
    async fn entries(&self, after: u64, limit: usize) -> Result<Vec<StoredEntry>, StoreError>;

    /// Entries of a stream after a version, in order.
    async fn stream(&self, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<StoredEntry>, StoreError>;

    /// Entries of an owner after an owner sequence, in order.
    async fn owned(&self, owner: Owner, after: u64, limit: usize) -> Result<Vec<StoredEntry>, StoreError>;

    /// The owner sequence of an owner's last entry; 0 if it has none.
    async fn owner_sequence(&self, owner: Owner) -> Result<u64, StoreError>;

    /// What the log says of itself, in order, but for the heads.
    async fn declarations(&self) -> Result<Vec<StoredEntry>, StoreError>;

    /// The last entry of every owner among the first `size` entries, ascending by owner,
    /// the platform first.
    async fn owner_ends(&self, size: u64) -> Result<Vec<StoredEntry>, StoreError>;

    /// Entries with their columns as they are stored, for a check of the indexes.
    async fn rows(&self, after: u64, limit: usize) -> Result<Vec<Row>, StoreError>;

    /// Every held claim, ascending by scope and name.
    async fn claims(&self) -> Result<Vec<HeldClaim>, StoreError>;

    /// A blob.
    async fn blob(&self, digest: Hash) -> Result<Option<Arc<[u8]>>, StoreError>;

    /// The published checkpoints, ascending by size.
    async fn checkpoints(&self) -> Result<Vec<PublishedCheckpoint>, StoreError>;

    /// Published checkpoints that are larger than a size, ascending, at most `limit`.
    async fn checkpoints_after(&self, size: u64, limit: usize) -> Result<Vec<PublishedCheckpoint>, StoreError>;

    /// The last published checkpoint.
    async fn last_checkpoint(&self) -> Result<Option<PublishedCheckpoint>, StoreError>;

    /// Size of the last checkpoint that a witness, named by its vkey, cosigned.
    async fn last_cosigned_by(&self, witness: &str) -> Result<Option<u64>, StoreError>;

    /// Keeps what a witness says of the checkpoint of this size. What it said first stays.
    async fn put_cosignature(&self, size: u64, witness: &str, line: &str) -> Result<(), StoreError>;

    /// The published checkpoint of a size.
    async fn checkpoint(&self, size: u64) -> Result<Option<PublishedCheckpoint>, StoreError>;

    /// The last published checkpoint whose last entry was recorded at a time, in
    /// microseconds, or before.
    async fn checkpoint_until(&self, recorded_at: u64) -> Result<Option<PublishedCheckpoint>, StoreError>;

    /// Bytes of entries after a position, in order and without a gap: leaves of the tree.
    async fn leaves(&self, after: u64, limit: usize) -> Result<Vec<Vec<u8>>, StoreError>;

    /// A tile, if it is kept.
    async fn tile(&self, id: TileId) -> Result<Option<CompleteTile>, StoreError>;

    /// Roots of the tiles of a level that are kept, with their places in it, ascending.
    async fn tile_roots(&self, level: u8, places: Range<u64>) -> Result<Vec<(u64, Hash)>, StoreError>;

    /// Keeps tiles. One that is kept already stays as it is.
    async fn put_tiles(&self, tiles: &[CompleteTile]) -> Result<(), StoreError>;

    /// The position of the head, again and again as other processes move it. Never
    /// ends; an item may repeat or skip positions.
    fn follow(&self) -> BoxStream<'static, u64>;

    /// Lets go of files, locks and connections. Nothing works afterwards.
    async fn close(&self);
}

/// The head, locked by a transaction that is rolled back when this is dropped.
#[async_trait]
pub trait LockedHead: Send {
    /// The head as it was when it was locked.
    fn head(&self) -> &HeadNow;

    /// Writes a batch; several may follow each other. After a collision, or an error,
    /// the transaction can only be dropped.
    async fn write(&mut self, batch: &Batch) -> Result<Written, StoreError>;

    /// Publishes a checkpoint.
    async fn put_checkpoint(&mut self, checkpoint: &PublishedCheckpoint) -> Result<(), StoreError>;

    /// Says that whoever holds the lock still lives: a database takes it from one that is
    /// silent for long.
    async fn touch(&mut self) -> Result<(), StoreError>;

    /// Makes every statement fail that was begun on the head as it was.
    async fn raise_fence(&mut self) -> Result<(), StoreError>;

    /// Forbids all appends, with a reason, or allows them again.
    async fn set_stopped(&mut self, reason: Option<&str>) -> Result<(), StoreError>;

    /// Empties the columns of all entries, so that none is in another's way while they
    /// are set anew.
    async fn clear_columns(&mut self) -> Result<(), StoreError>;

    /// Sets the columns of entries to what their bytes call for.
    async fn set_columns(&mut self, rows: &[Row]) -> Result<(), StoreError>;

    /// Replaces all claims.
    async fn replace_claims(&mut self, claims: &[HeldClaim]) -> Result<(), StoreError>;

    /// Replaces the head's place; fence and stop flag stay.
    async fn replace_head(&mut self, head: &HeadRow) -> Result<(), StoreError>;

    /// Forgets all tiles.
    async fn clear_tiles(&mut self) -> Result<(), StoreError>;

    /// Commits durably.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}
