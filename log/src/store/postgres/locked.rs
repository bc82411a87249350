//! The head under `SELECT … FOR UPDATE`.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::Executor as _;
use sqlx::postgres::PgConnection;
use tokio::sync::OwnedMutexGuard;

use super::announce::Announcer;
use super::failure::{at_commit, before_commit, collision};
use super::{read, write};
use crate::store::column::integer;
use crate::store::head::frontier_to_bytes;
use crate::store::{Batch, HeadNow, HeadRow, HeldClaim, LockedHead, PublishedCheckpoint, Row, StoreError, Written};

/// A transaction on the writing connection. Dropping it closes the connection, which
/// rolls back.
pub(super) struct PostgresLocked {
    place: OwnedMutexGuard<Option<PgConnection>>,
    conn: PgConnection,
    head: HeadNow,
    announcer: Arc<Announcer>,
    written: Option<u64>,
}

impl PostgresLocked {
    pub(super) async fn begin(
        place: OwnedMutexGuard<Option<PgConnection>>,
        mut conn: PgConnection,
        announcer: Arc<Announcer>,
    ) -> Result<Self, StoreError> {
        conn.execute("BEGIN").await.map_err(before_commit)?;
        let head = read::head(&mut conn, read::FOR_UPDATE).await?;
        Ok(Self { place, conn, head, announcer, written: None })
    }
}

#[async_trait]
impl LockedHead for PostgresLocked {
    fn head(&self) -> &HeadNow {
        &self.head
    }

    async fn write(&mut self, batch: &Batch) -> Result<Written, StoreError> {
        match write::write(&mut self.conn, batch).await {
            Ok(true) => {
                self.written = Some(batch.after.position);
                Ok(Written::Done)
            }
            Ok(false) => Ok(Written::HeadMoved),
            Err(error) => collision(&error).ok_or_else(|| before_commit(error)),
        }
    }

    async fn put_checkpoint(&mut self, checkpoint: &PublishedCheckpoint) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO log_checkpoints (size, note, peaks_before) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(integer(checkpoint.size))
        .bind(&checkpoint.note)
        .bind(checkpoint.peaks_column())
        .execute(&mut self.conn)
        .await
        .map_err(before_commit)?;
        Ok(())
    }

    async fn touch(&mut self) -> Result<(), StoreError> {
        self.conn.execute("SELECT 1").await.map(drop).map_err(before_commit)
    }

    async fn raise_fence(&mut self) -> Result<(), StoreError> {
        self.conn.execute("UPDATE log_head SET fence = fence + 1").await.map_err(before_commit)?;
        self.head.row.fence += 1;
        Ok(())
    }

    async fn set_stopped(&mut self, reason: Option<&str>) -> Result<(), StoreError> {
        let set = "UPDATE log_head SET stopped = $1";
        sqlx::query(set).bind(reason).execute(&mut self.conn).await.map_err(before_commit)?;
        self.head.row.stopped = reason.map(str::to_owned);
        Ok(())
    }

    async fn clear_columns(&mut self) -> Result<(), StoreError> {
        // All rows in one statement: that takes the time it takes.
        self.conn.execute("SET LOCAL statement_timeout = 0").await.map_err(before_commit)?;
        let clear = "UPDATE log_entries SET version = -position, owner_sequence = -position, append_index = -1, \
                     idempotency = NULL";
        self.conn.execute(clear).await.map_err(before_commit)?;
        Ok(())
    }

    async fn set_columns(&mut self, rows: &[Row]) -> Result<(), StoreError> {
        for row in rows {
            write::set_columns(&mut self.conn, row).await.map_err(before_commit)?;
        }
        Ok(())
    }

    async fn replace_claims(&mut self, claims: &[HeldClaim]) -> Result<(), StoreError> {
        self.conn.execute("DELETE FROM log_claims").await.map_err(before_commit)?;
        write::insert_claims(&mut self.conn, claims).await.map_err(before_commit)
    }

    async fn replace_head(&mut self, head: &HeadRow) -> Result<(), StoreError> {
        sqlx::query("UPDATE log_head SET position = $1, hash = $2, recorded_at = $3, frontier = $4")
            .bind(integer(head.position))
            .bind(&head.hash.0[..])
            .bind(integer(head.recorded_at))
            .bind(frontier_to_bytes(&head.frontier))
            .execute(&mut self.conn)
            .await
            .map_err(before_commit)?;
        Ok(())
    }

    async fn clear_tiles(&mut self) -> Result<(), StoreError> {
        self.conn.execute("DELETE FROM log_tiles").await.map_err(before_commit)?;
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let Self { mut place, mut conn, announcer, written, .. } = *self;
        conn.execute("COMMIT").await.map_err(at_commit)?;
        if let Some(position) = written {
            announcer.committed(position);
        }
        *place = Some(conn);
        Ok(())
    }
}
