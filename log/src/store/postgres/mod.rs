//! The log in Postgres: for any number of servers.

mod announce;
mod facts;
mod failure;
mod follow;
mod locked;
mod read;
mod session;
mod tiles;
mod write;

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::stream::BoxStream;
use sqlx::migrate::MigrateError;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, Postgres};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::timeout;

use super::{
    Batch, Facts, HeadNow, HeldClaim, LockedHead, LogStore, PublishedCheckpoint, Row, StoreError, Wanted, Written,
};
use crate::append::StreamId;
use crate::entry::{Owner, StoredEntry};
use crate::hash::Hash;
use crate::tiles::{CompleteTile, TileId};
use announce::Announcer;
use failure::{at_commit, before_commit, collision};
use locked::PostgresLocked;

/// How to open a [`PostgresLog`].
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// `postgres://user@host/database`.
    pub url: String,
    /// Connections that read, one of which waits for notifications.
    pub readers: u32,
}

impl PostgresOptions {
    /// The log in a database.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), readers: 8 }
    }
}

/// A log in a Postgres database.
pub struct PostgresLog {
    /// Absent while it is in use, and after it broke.
    writer: Arc<Mutex<Option<PgConnection>>>,
    writing: PgConnectOptions,
    readers: PgPool,
    announcer: Arc<Announcer>,
}

/// A server that does not answer a connection attempt for so long is not there.
const CONNECT: Duration = Duration::from_secs(3);
/// Longer than the server lets a statement run: after it the connection is broken.
const ANSWER: Duration = Duration::from_secs(15);

impl PostgresLog {
    /// Connects, and makes the tables where there are none.
    pub async fn open(options: PostgresOptions) -> Result<Self, StoreError> {
        let writing = session::writing(&options.url)?;
        let mut conn = connect(&writing).await?;
        migrate(&mut conn).await?;
        warn_if_not_durable(&mut conn).await?;
        let readers = PgPoolOptions::new()
            .max_connections(options.readers.max(2))
            .acquire_timeout(CONNECT)
            .test_before_acquire(false)
            .before_acquire(|conn, meta| Box::pin(session::is_sound(conn, meta.idle_for)))
            .connect_lazy_with(session::reading(&options.url)?);
        let announcer = Arc::new(Announcer::start(session::reading(&options.url)?));
        Ok(Self { writer: Arc::new(Mutex::new(Some(conn))), writing, readers, announcer })
    }

    /// Reads, and asks again where the connection turned out to be broken. One that was in
    /// use a moment ago is trusted unseen, so that after an outage each may fail once.
    async fn read<'a, T, F>(&'a self, ask: impl Fn(&'a PgPool) -> F + Send) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>> + Send,
    {
        let until = Instant::now() + session::TRUSTED;
        for _ in 0..self.readers.options().get_max_connections() {
            match ask(&self.readers).await {
                Err(StoreError::Unavailable(_)) if Instant::now() < until => {}
                outcome => return outcome,
            }
        }
        ask(&self.readers).await
    }

    /// The writing connection, which is put back only after it ended a transaction well:
    /// a caller that goes away in between leaves none behind.
    async fn writer(&self) -> Result<(OwnedMutexGuard<Option<PgConnection>>, PgConnection), StoreError> {
        let mut place = Arc::clone(&self.writer).lock_owned().await;
        let conn = match place.take() {
            Some(conn) => conn,
            None => connect(&self.writing).await?,
        };
        Ok((place, conn))
    }
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    match timeout(CONNECT, options.connect()).await {
        Ok(connected) => connected.map_err(before_commit),
        Err(_) => Err(StoreError::Unavailable("Postgres does not answer".into())),
    }
}

async fn acquire(pool: &PgPool) -> Result<PoolConnection<Postgres>, StoreError> {
    pool.acquire().await.map_err(before_commit)
}

async fn migrate(conn: &mut PgConnection) -> Result<(), StoreError> {
    let mut migrator = sqlx::migrate!("../migrations/postgres/log");
    migrator.dangerous_set_table_name("log_migrations");
    migrator.run(conn).await.map_err(|error| match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => before_commit(error),
        error => StoreError::Damaged(format!("its tables are not this version's: {error}")),
    })
}

/// With `fsync` off an acknowledgement means nothing after a power failure. That is the
/// operator's to decide, knowingly.
async fn warn_if_not_durable(conn: &mut PgConnection) -> Result<(), StoreError> {
    let (fsync,): (String,) = sqlx::query_as("SHOW fsync").fetch_one(conn).await.map_err(before_commit)?;
    if fsync != "on" {
        tracing::warn!(%fsync, "Postgres does not wait for the disk: acknowledged entries can be lost");
    }
    Ok(())
}

#[async_trait]
impl LogStore for PostgresLog {
    async fn head(&self) -> Result<HeadNow, StoreError> {
        self.read(|pool| async { read::head(&mut *acquire(pool).await?, read::PLAINLY).await }).await
    }

    async fn commit(&self, batch: &Batch) -> Result<Written, StoreError> {
        let (mut place, mut conn) = self.writer().await?;
        let outcome = timeout(ANSWER, write::write(&mut conn, batch)).await;
        let written = match outcome {
            Ok(Ok(true)) => {
                self.announcer.committed(batch.after.position);
                Written::Done
            }
            Ok(Ok(false)) => Written::HeadMoved,
            Ok(Err(error)) => collision(&error).ok_or_else(|| at_commit(error))?,
            Err(_) => return Err(StoreError::OutcomeUnknown("Postgres does not answer".into())),
        };
        *place = Some(conn);
        Ok(written)
    }

    async fn lock(&self) -> Result<Box<dyn LockedHead>, StoreError> {
        let (place, conn) = self.writer().await?;
        match timeout(ANSWER, PostgresLocked::begin(place, conn, Arc::clone(&self.announcer))).await {
            Ok(locked) => Ok(Box::new(locked?)),
            Err(_) => Err(StoreError::Unavailable("Postgres does not answer".into())),
        }
    }

    async fn facts(&self, wanted: &Wanted) -> Result<Facts, StoreError> {
        self.read(|pool| async { facts::facts(&mut *acquire(pool).await?, wanted).await }).await
    }

    async fn entries(&self, after: u64, limit: usize) -> Result<Vec<StoredEntry>, StoreError> {
        self.read(|pool| read::entries(pool, after, limit)).await
    }

    async fn stream(&self, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<StoredEntry>, StoreError> {
        self.read(|pool| read::stream(pool, stream, after, limit)).await
    }

    async fn owned(&self, owner: Owner, after: u64, limit: usize) -> Result<Vec<StoredEntry>, StoreError> {
        self.read(|pool| read::owned(pool, owner, after, limit)).await
    }

    async fn owner_sequence(&self, owner: Owner) -> Result<u64, StoreError> {
        self.read(|pool| read::owner_sequence(pool, owner)).await
    }

    async fn declarations(&self) -> Result<Vec<StoredEntry>, StoreError> {
        self.read(read::declarations).await
    }

    async fn owner_ends(&self, size: u64) -> Result<Vec<StoredEntry>, StoreError> {
        self.read(|pool| read::owner_ends(pool, size)).await
    }

    async fn rows(&self, after: u64, limit: usize) -> Result<Vec<Row>, StoreError> {
        self.read(|pool| read::rows(pool, after, limit)).await
    }

    async fn claims(&self) -> Result<Vec<HeldClaim>, StoreError> {
        self.read(read::claims).await
    }

    async fn blob(&self, digest: Hash) -> Result<Option<Arc<[u8]>>, StoreError> {
        self.read(|pool| read::blob(pool, digest)).await
    }

    async fn checkpoints(&self) -> Result<Vec<PublishedCheckpoint>, StoreError> {
        self.read(read::checkpoints).await
    }

    async fn checkpoints_after(&self, size: u64, limit: usize) -> Result<Vec<PublishedCheckpoint>, StoreError> {
        self.read(|pool| read::checkpoints_after(pool, size, limit)).await
    }

    async fn last_checkpoint(&self) -> Result<Option<PublishedCheckpoint>, StoreError> {
        self.read(read::last_checkpoint).await
    }

    async fn last_cosigned_by(&self, witness: &str) -> Result<Option<u64>, StoreError> {
        self.read(|pool| read::last_cosigned_by(pool, witness)).await
    }

    /// Not on the writing connection: no append waits for a witness.
    async fn put_cosignature(&self, size: u64, witness: &str, line: &str) -> Result<(), StoreError> {
        self.read(|pool| write::put_cosignature(pool, size, witness, line)).await
    }

    async fn checkpoint(&self, size: u64) -> Result<Option<PublishedCheckpoint>, StoreError> {
        self.read(|pool| read::checkpoint(pool, size)).await
    }

    async fn checkpoint_until(&self, recorded_at: u64) -> Result<Option<PublishedCheckpoint>, StoreError> {
        self.read(|pool| read::checkpoint_until(pool, recorded_at)).await
    }

    async fn leaves(&self, after: u64, limit: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        self.read(|pool| tiles::leaves(pool, after, limit)).await
    }

    async fn tile(&self, id: TileId) -> Result<Option<CompleteTile>, StoreError> {
        self.read(|pool| tiles::tile(pool, id)).await
    }

    async fn tile_roots(&self, level: u8, places: Range<u64>) -> Result<Vec<(u64, Hash)>, StoreError> {
        self.read(|pool| tiles::roots(pool, level, places.clone())).await
    }

    /// Not on the writing connection: no append waits for a tile.
    async fn put_tiles(&self, tiles: &[CompleteTile]) -> Result<(), StoreError> {
        self.read(|pool| tiles::put(pool, tiles)).await
    }

    fn follow(&self) -> BoxStream<'static, u64> {
        follow::follow(self.readers.clone())
    }

    async fn close(&self) {
        self.announcer.end();
        self.readers.close().await;
        if let Some(writer) = self.writer.lock().await.take() {
            // What is committed is durable; an error here has nothing to say.
            let _ = writer.close().await;
        }
    }
}
