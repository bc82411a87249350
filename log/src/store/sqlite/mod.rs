//! The log in one file: for the embedded start. One server at a time.

mod directory;
mod failure;
mod locked;
mod read;
mod tiles;
mod write;

use std::ops::Range;
use std::path::PathBuf;
use std::str::FromStr as _;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use sqlx::migrate::MigrateError;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::Mutex;

use super::{
    Batch, Facts, HeadNow, HeldClaim, LockedHead, LogStore, PublishedCheckpoint, Row, StoreError, Wanted, Written,
};
use crate::append::StreamId;
use crate::entry::{Owner, StoredEntry};
use crate::hash::Hash;
use crate::tiles::{CompleteTile, TileId};
use directory::DirectoryLock;
use failure::{at_commit, before_commit};
use locked::SqliteLocked;

/// How to open a [`SqliteLog`].
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// The data directory. The log is `log.db` in it.
    pub directory: PathBuf,
    /// Most bytes that `log.db` may have; an append beyond is refused.
    pub max_bytes: Option<u64>,
    /// Connections that read.
    pub readers: u32,
}

impl SqliteOptions {
    /// The log in a directory, as large as the disk allows.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into(), max_bytes: None, readers: 4 }
    }
}

/// A log in `log.db`, with write-ahead log and full synchronization.
pub struct SqliteLog {
    /// Absent while it is in use, and after it broke.
    writer: Arc<Mutex<Option<SqliteConnection>>>,
    readers: SqlitePool,
    connect: SqliteConnectOptions,
    lock: std::sync::Mutex<Option<DirectoryLock>>,
}

/// Pages of the database.
const PAGE: u32 = 4096;

impl SqliteLog {
    /// Opens the log in a directory, or makes an empty one.
    pub async fn open(options: SqliteOptions) -> Result<Self, StoreError> {
        let lock = DirectoryLock::acquire(&options.directory)?;
        let file = options.directory.join("log.db");
        let mut connect = SqliteConnectOptions::from_str("sqlite:")
            .expect("it is a SQLite URL")
            .filename(file)
            .create_if_missing(true)
            .page_size(PAGE)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            // An erased body is overwritten, not merely unlinked.
            .pragma("secure_delete", "ON")
            .statement_cache_capacity(64)
            .disable_statement_logging();
        if let Some(max_bytes) = options.max_bytes {
            connect = connect.pragma("max_page_count", (max_bytes / u64::from(PAGE)).max(1).to_string());
        }
        let mut writer = connect.connect().await.map_err(before_commit)?;
        migrate(&mut writer).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(options.readers.max(1))
            .connect_lazy_with(connect.clone().read_only(true).create_if_missing(false));
        Ok(Self {
            writer: Arc::new(Mutex::new(Some(writer))),
            readers,
            connect,
            lock: std::sync::Mutex::new(Some(lock)),
        })
    }

    /// The writing connection, which is put back only after it ended a transaction well:
    /// a caller that goes away in between leaves none behind.
    async fn writer(
        &self,
    ) -> Result<(tokio::sync::OwnedMutexGuard<Option<SqliteConnection>>, SqliteConnection), StoreError> {
        let mut place = Arc::clone(&self.writer).lock_owned().await;
        let conn = match place.take() {
            Some(conn) => conn,
            None => self.connect.connect().await.map_err(before_commit)?,
        };
        Ok((place, conn))
    }
}

async fn migrate(conn: &mut SqliteConnection) -> Result<(), StoreError> {
    let mut migrator = sqlx::migrate!("../migrations/sqlite/log");
    migrator.dangerous_set_table_name("log_migrations");
    migrator.run(conn).await.map_err(|error| match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => before_commit(error),
        error => StoreError::Damaged(format!("its tables are not this version's: {error}")),
    })
}

/// The store's clock is the machine's.
fn clock() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_micros()).unwrap_or(u64::MAX)
}

#[async_trait]
impl LogStore for SqliteLog {
    async fn head(&self) -> Result<HeadNow, StoreError> {
        let mut conn = self.readers.acquire().await.map_err(before_commit)?;
        Ok(HeadNow { row: read::head(&mut conn).await?, clock: clock() })
    }

    async fn commit(&self, batch: &Batch) -> Result<Written, StoreError> {
        let (mut place, mut conn) = self.writer().await?;
        sqlx::query("BEGIN IMMEDIATE").execute(&mut conn).await.map_err(before_commit)?;
        let written = write::write(&mut conn, batch, clock()).await?;
        match written {
            Written::Done => sqlx::query("COMMIT").execute(&mut conn).await.map_err(at_commit)?,
            Written::HeadMoved | Written::Collision => {
                sqlx::query("ROLLBACK").execute(&mut conn).await.map_err(before_commit)?
            }
        };
        *place = Some(conn);
        Ok(written)
    }

    async fn lock(&self) -> Result<Box<dyn LockedHead>, StoreError> {
        let (place, conn) = self.writer().await?;
        Ok(Box::new(SqliteLocked::begin(place, conn).await?))
    }

    async fn facts(&self, wanted: &Wanted) -> Result<Facts, StoreError> {
        let mut conn = self.readers.acquire().await.map_err(before_commit)?;
        read::facts(&mut conn, wanted).await
    }

    async fn entries(&self, after: u64, limit: usize) -> Result<Vec<StoredEntry>, StoreError> {
        read::entries(&self.readers, after, limit).await
    }

    async fn stream(&self, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<StoredEntry>, StoreError> {
        read::stream(&self.readers, stream, after, limit).await
    }

    async fn owned(&self, owner: Owner, after: u64, limit: usize) -> Result<Vec<StoredEntry>, StoreError> {
        read::owned(&self.readers, owner, after, limit).await
    }

    async fn owner_sequence(&self, owner: Owner) -> Result<u64, StoreError> {
        read::owner_sequence(&self.readers, owner).await
    }

    async fn declarations(&self) -> Result<Vec<StoredEntry>, StoreError> {
        read::declarations(&self.readers).await
    }

    async fn owner_ends(&self, size: u64) -> Result<Vec<StoredEntry>, StoreError> {
        read::owner_ends(&self.readers, size).await
    }

    async fn rows(&self, after: u64, limit: usize) -> Result<Vec<Row>, StoreError> {
        read::rows(&self.readers, after, limit).await
    }

    async fn claims(&self) -> Result<Vec<HeldClaim>, StoreError> {
        read::claims(&self.readers).await
    }

    async fn blob(&self, digest: Hash) -> Result<Option<Arc<[u8]>>, StoreError> {
        read::blob(&self.readers, digest).await
    }

    async fn checkpoints(&self) -> Result<Vec<PublishedCheckpoint>, StoreError> {
        read::checkpoints(&self.readers).await
    }

    async fn checkpoints_after(&self, size: u64, limit: usize) -> Result<Vec<PublishedCheckpoint>, StoreError> {
        read::checkpoints_after(&self.readers, size, limit).await
    }

    async fn last_checkpoint(&self) -> Result<Option<PublishedCheckpoint>, StoreError> {
        read::last_checkpoint(&self.readers).await
    }

    async fn last_cosigned_by(&self, witness: &str) -> Result<Option<u64>, StoreError> {
        read::last_cosigned_by(&self.readers, witness).await
    }

    async fn put_cosignature(&self, size: u64, witness: &str, line: &str) -> Result<(), StoreError> {
        let (mut place, mut conn) = self.writer().await?;
        write::put_cosignature(&mut conn, size, witness, line).await.map_err(at_commit)?;
        *place = Some(conn);
        Ok(())
    }

    async fn checkpoint(&self, size: u64) -> Result<Option<PublishedCheckpoint>, StoreError> {
        read::checkpoint(&self.readers, size).await
    }

    async fn checkpoint_until(&self, recorded_at: u64) -> Result<Option<PublishedCheckpoint>, StoreError> {
        read::checkpoint_until(&self.readers, recorded_at).await
    }

    async fn leaves(&self, after: u64, limit: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        tiles::leaves(&self.readers, after, limit).await
    }

    async fn tile(&self, id: TileId) -> Result<Option<CompleteTile>, StoreError> {
        tiles::tile(&self.readers, id).await
    }

    async fn tile_roots(&self, level: u8, places: Range<u64>) -> Result<Vec<(u64, Hash)>, StoreError> {
        tiles::roots(&self.readers, level, places).await
    }

    async fn put_tiles(&self, tiles: &[CompleteTile]) -> Result<(), StoreError> {
        let (mut place, mut conn) = self.writer().await?;
        tiles::put(&mut conn, tiles).await?;
        *place = Some(conn);
        Ok(())
    }

    /// Nobody else writes while the directory is locked.
    fn follow(&self) -> BoxStream<'static, u64> {
        futures::stream::pending().boxed()
    }

    async fn close(&self) {
        self.readers.close().await;
        if let Some(writer) = self.writer.lock().await.take() {
            // What is committed is durable; an error here has nothing to say.
            let _ = writer.close().await;
        }
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first without it.
    const LEAST_SQLITE: &str = "3.51.3";

    #[tokio::test]
    async fn the_linked_sqlite_has_not_the_wal_reset_bug() {
        let mut conn = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let version: (String,) = sqlx::query_as("SELECT sqlite_version()").fetch_one(&mut conn).await.unwrap();
        let number = |text: &str| text.split('.').map(|part| part.parse::<u32>().unwrap()).collect::<Vec<_>>();
        assert!(number(&version.0) >= number(LEAST_SQLITE), "{}", version.0);
    }
}
