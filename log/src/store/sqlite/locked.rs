//! The head under `BEGIN IMMEDIATE`.

use async_trait::async_trait;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::OwnedMutexGuard;

use super::failure::{at_commit, before_commit};
use super::{clock, read, write};
use crate::store::column::integer;
use crate::store::head::frontier_to_bytes;
use crate::store::{Batch, HeadNow, HeadRow, HeldClaim, LockedHead, PublishedCheckpoint, Row, StoreError, Written};

/// A transaction on the writing connection. Dropping it closes the connection, which
/// rolls back.
pub(super) struct SqliteLocked {
    place: OwnedMutexGuard<Option<SqliteConnection>>,
    conn: SqliteConnection,
    head: HeadNow,
}

impl SqliteLocked {
    pub(super) async fn begin(
        place: OwnedMutexGuard<Option<SqliteConnection>>,
        mut conn: SqliteConnection,
    ) -> Result<Self, StoreError> {
        sqlx::query("BEGIN IMMEDIATE").execute(&mut conn).await.map_err(before_commit)?;
        let head = HeadNow { row: read::head(&mut conn).await?, clock: clock() };
        Ok(Self { place, conn, head })
    }
}

#[async_trait]
impl LockedHead for SqliteLocked {
    fn head(&self) -> &HeadNow {
        &self.head
    }

    async fn write(&mut self, batch: &Batch) -> Result<Written, StoreError> {
        write::write(&mut self.conn, batch, clock()).await
    }

    async fn put_checkpoint(&mut self, checkpoint: &PublishedCheckpoint) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO log_checkpoints (size, note, peaks_before) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
            .bind(integer(checkpoint.size))
            .bind(&checkpoint.note)
            .bind(checkpoint.peaks_column())
            .execute(&mut self.conn)
            .await
            .map_err(before_commit)?;
        Ok(())
    }

    /// A file takes no lock away.
    async fn touch(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn raise_fence(&mut self) -> Result<(), StoreError> {
        let raise = "UPDATE log_head SET fence = fence + 1";
        sqlx::query(raise).execute(&mut self.conn).await.map_err(before_commit)?;
        self.head.row.fence += 1;
        Ok(())
    }

    async fn set_stopped(&mut self, reason: Option<&str>) -> Result<(), StoreError> {
        let set = "UPDATE log_head SET stopped = ?";
        sqlx::query(set).bind(reason).execute(&mut self.conn).await.map_err(before_commit)?;
        self.head.row.stopped = reason.map(str::to_owned);
        Ok(())
    }

    async fn clear_columns(&mut self) -> Result<(), StoreError> {
        write::clear_columns(&mut self.conn).await.map_err(before_commit)
    }

    async fn set_columns(&mut self, rows: &[Row]) -> Result<(), StoreError> {
        for row in rows {
            write::set_columns(&mut self.conn, row).await.map_err(before_commit)?;
        }
        Ok(())
    }

    async fn replace_claims(&mut self, claims: &[HeldClaim]) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM log_claims").execute(&mut self.conn).await.map_err(before_commit)?;
        for held in claims {
            write::insert_claim(&mut self.conn, held).await.map_err(before_commit)?;
        }
        Ok(())
    }

    async fn replace_head(&mut self, head: &HeadRow) -> Result<(), StoreError> {
        sqlx::query("UPDATE log_head SET position = ?, hash = ?, recorded_at = ?, frontier = ?")
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
        sqlx::query("DELETE FROM log_tiles").execute(&mut self.conn).await.map_err(before_commit)?;
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let Self { mut place, mut conn, .. } = *self;
        sqlx::query("COMMIT").execute(&mut conn).await.map_err(at_commit)?;
        *place = Some(conn);
        Ok(())
    }
}
