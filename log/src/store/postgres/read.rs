//! Reading.

use std::sync::Arc;

use sqlx::postgres::{PgConnection, PgPool, PgRow};
use sqlx::{FromRow, Row as _};
use uuid::Uuid;

use super::failure::before_commit;
use crate::append::StreamId;
use crate::entry::{Owner, StoredEntry};
use crate::hash::Hash;
use crate::store::column::{hash, integer, limit as column_limit, number, owner};
use crate::store::head::frontier_from_bytes;
use crate::store::{HeadNow, HeadRow, HeldClaim, PublishedCheckpoint, Row, StoreError};

type Read<T> = Result<T, StoreError>;

/// The head.
pub(super) const PLAINLY: &str = "SELECT position, hash, recorded_at, frontier, fence, stopped, \
     (extract(epoch FROM clock_timestamp()) * 1000000)::bigint FROM log_head";

/// The head, locked until the transaction ends. The clock is read after the wait.
pub(super) const FOR_UPDATE: &str = "WITH head AS MATERIALIZED (SELECT * FROM log_head FOR UPDATE) \
     SELECT position, hash, recorded_at, frontier, fence, stopped, \
     (extract(epoch FROM clock_timestamp()) * 1000000)::bigint FROM head";

pub(super) async fn head(conn: &mut PgConnection, sql: &'static str) -> Read<HeadNow> {
    type Columns = (i64, Vec<u8>, i64, Vec<u8>, i64, Option<String>, i64);
    let (position, head_hash, recorded_at, frontier, fence, stopped, clock): Columns =
        sqlx::query_as(sql).fetch_one(conn).await.map_err(before_commit)?;
    let row = HeadRow {
        position: number(position)?,
        hash: hash(&head_hash)?,
        recorded_at: number(recorded_at)?,
        frontier: frontier_from_bytes(&frontier).ok_or_else(|| StoreError::Damaged("the frontier".into()))?,
        fence: number(fence)?,
        stopped,
    };
    Ok(HeadNow { row, clock: number(clock)? })
}

/// Columns that make a [`StoredEntry`].
#[derive(FromRow)]
struct Stored {
    position: i64,
    bytes: Vec<u8>,
    body: Option<Vec<u8>>,
}

impl Stored {
    fn into_entry(self) -> Read<StoredEntry> {
        Ok(StoredEntry { position: number(self.position)?, bytes: self.bytes.into(), body: self.body.map(Arc::from) })
    }
}

fn stored(rows: Result<Vec<Stored>, sqlx::Error>) -> Read<Vec<StoredEntry>> {
    rows.map_err(before_commit)?.into_iter().map(Stored::into_entry).collect()
}

pub(super) async fn entries(pool: &PgPool, after: u64, limit: usize) -> Read<Vec<StoredEntry>> {
    let rows = sqlx::query_as(
        "SELECT e.position, e.bytes, b.bytes AS body FROM log_entries e LEFT JOIN log_bodies b ON b.digest = e.body \
         WHERE e.position > $1 ORDER BY e.position LIMIT $2",
    );
    stored(rows.bind(integer(after)).bind(column_limit(limit)).fetch_all(pool).await)
}

pub(super) async fn stream(pool: &PgPool, stream: &StreamId, after: u64, limit: usize) -> Read<Vec<StoredEntry>> {
    let rows = sqlx::query_as(
        "SELECT e.position, e.bytes, b.bytes AS body FROM log_entries e LEFT JOIN log_bodies b ON b.digest = e.body \
         WHERE e.stream_id = $1 AND e.stream_kind = $2 AND e.version > $3 ORDER BY e.version LIMIT $4",
    )
    .bind(stream.id)
    .bind(&*stream.kind)
    .bind(integer(after))
    .bind(column_limit(limit));
    stored(rows.fetch_all(pool).await)
}

pub(super) async fn owned(pool: &PgPool, owner: Owner, after: u64, limit: usize) -> Read<Vec<StoredEntry>> {
    let rows = sqlx::query_as(
        "SELECT e.position, e.bytes, b.bytes AS body FROM log_entries e LEFT JOIN log_bodies b ON b.digest = e.body \
         WHERE e.owner = $1 AND e.owner_sequence > $2 ORDER BY e.owner_sequence LIMIT $3",
    )
    .bind(owner.unwrap_or_default())
    .bind(integer(after))
    .bind(column_limit(limit));
    stored(rows.fetch_all(pool).await)
}

pub(super) async fn owner_sequence(pool: &PgPool, owner: Owner) -> Read<u64> {
    let last: Option<i64> = sqlx::query_scalar("SELECT max(owner_sequence) FROM log_entries WHERE owner = $1")
        .bind(owner.unwrap_or_default())
        .fetch_one(pool)
        .await
        .map_err(before_commit)?;
    last.map_or(Ok(0), number)
}

pub(super) async fn declarations(pool: &PgPool) -> Read<Vec<StoredEntry>> {
    let rows = sqlx::query_as(
        "SELECT position, bytes, NULL::bytea AS body FROM log_entries \
         WHERE stream_kind = 'log' AND event <> 'log.heads_committed' ORDER BY position",
    );
    stored(rows.fetch_all(pool).await)
}

/// Steps from owner to owner through the index, instead of reading all of it.
pub(super) async fn owner_ends(pool: &PgPool, size: u64) -> Read<Vec<StoredEntry>> {
    let rows = sqlx::query_as(
        "WITH RECURSIVE owners(owner) AS ( \
           (SELECT owner FROM log_entries ORDER BY owner LIMIT 1) \
           UNION ALL \
           SELECT (SELECT e.owner FROM log_entries e WHERE e.owner > owners.owner ORDER BY e.owner LIMIT 1) \
           FROM owners WHERE owners.owner IS NOT NULL) \
         SELECT e.position, e.bytes, NULL::bytea AS body FROM owners CROSS JOIN LATERAL \
           (SELECT position, bytes FROM log_entries WHERE owner = owners.owner AND position <= $1 \
            ORDER BY owner_sequence DESC LIMIT 1) AS e ORDER BY owners.owner",
    );
    stored(rows.bind(integer(size)).fetch_all(pool).await)
}

pub(super) async fn rows(pool: &PgPool, after: u64, limit: usize) -> Read<Vec<Row>> {
    let rows = sqlx::query("SELECT * FROM log_entries WHERE position > $1 ORDER BY position LIMIT $2")
        .bind(integer(after))
        .bind(column_limit(limit))
        .fetch_all(pool)
        .await
        .map_err(before_commit)?;
    rows.iter().map(row).collect()
}

fn row(row: &PgRow) -> Read<Row> {
    let id = |column: &str| row.try_get::<Uuid, _>(column).map_err(before_commit);
    let count = |column: &str| Ok(row.try_get::<i64, _>(column).map_err(before_commit)? as u64);
    let text = |column: &str| row.try_get::<String, _>(column).map_err(before_commit);
    let digest = |column: &str| -> Read<Option<Hash>> {
        let bytes: Option<&[u8]> = row.try_get(column).map_err(before_commit)?;
        bytes.map(hash).transpose()
    };
    Ok(Row {
        bytes: row.try_get::<&[u8], _>("bytes").map_err(before_commit)?.into(),
        position: count("position")?,
        recorded_at: count("recorded_at")?,
        owner: owner(id("owner")?),
        owner_sequence: count("owner_sequence")?,
        stream: StreamId::new(text("stream_kind")?, id("stream_id")?),
        version: count("version")?,
        event: text("event")?.into(),
        command_id: id("command_id")?,
        append_index: count("append_index")?,
        append_count: count("append_count")?,
        idempotency: row.try_get("idempotency").map_err(before_commit)?,
        body: digest("body")?,
    })
}

pub(super) async fn claims(pool: &PgPool) -> Read<Vec<HeldClaim>> {
    let rows: Vec<(String, Vec<u8>, String, Uuid)> =
        sqlx::query_as("SELECT scope, name, holder_kind, holder_id FROM log_claims ORDER BY scope, name")
            .fetch_all(pool)
            .await
            .map_err(before_commit)?;
    rows.into_iter()
        .map(|(scope, name, kind, id)| {
            Ok(HeldClaim { scope: scope.into(), name: hash(&name)?, holder: StreamId::new(kind, id) })
        })
        .collect()
}

pub(super) async fn blob(pool: &PgPool, digest: Hash) -> Read<Option<Arc<[u8]>>> {
    let bytes: Option<(Vec<u8>,)> = sqlx::query_as("SELECT bytes FROM log_blobs WHERE digest = $1")
        .bind(&digest.0[..])
        .fetch_optional(pool)
        .await
        .map_err(before_commit)?;
    Ok(bytes.map(|(bytes,)| bytes.into()))
}

/// A checkpoint with the lines of its witnesses.
macro_rules! checkpoint {
    ($rest:literal) => {
        concat!(
            "SELECT size, note, peaks_before, (SELECT string_agg(line || chr(10), '' ORDER BY witness) \
             FROM log_cosignatures c WHERE c.size = k.size) FROM log_checkpoints k ",
            $rest
        )
    };
}

pub(super) async fn checkpoints(pool: &PgPool) -> Read<Vec<PublishedCheckpoint>> {
    let rows = sqlx::query_as(checkpoint!("ORDER BY size")).fetch_all(pool).await.map_err(before_commit)?;
    rows.into_iter().map(PublishedCheckpoint::from_columns).collect()
}

pub(super) async fn checkpoints_after(pool: &PgPool, size: u64, limit: usize) -> Read<Vec<PublishedCheckpoint>> {
    let rows = sqlx::query_as(checkpoint!("WHERE size > $1 ORDER BY size LIMIT $2"));
    let rows = rows.bind(integer(size)).bind(column_limit(limit)).fetch_all(pool).await.map_err(before_commit)?;
    rows.into_iter().map(PublishedCheckpoint::from_columns).collect()
}

pub(super) async fn last_checkpoint(pool: &PgPool) -> Read<Option<PublishedCheckpoint>> {
    let row = sqlx::query_as(checkpoint!("ORDER BY size DESC LIMIT 1")).fetch_optional(pool).await;
    row.map_err(before_commit)?.map(PublishedCheckpoint::from_columns).transpose()
}

pub(super) async fn last_cosigned_by(pool: &PgPool, witness: &str) -> Read<Option<u64>> {
    let size: Option<i64> = sqlx::query_scalar("SELECT max(size) FROM log_cosignatures WHERE witness = $1")
        .bind(witness)
        .fetch_one(pool)
        .await
        .map_err(before_commit)?;
    size.map(number).transpose()
}

pub(super) async fn checkpoint(pool: &PgPool, size: u64) -> Read<Option<PublishedCheckpoint>> {
    let row = sqlx::query_as(checkpoint!("WHERE size = $1")).bind(integer(size)).fetch_optional(pool).await;
    row.map_err(before_commit)?.map(PublishedCheckpoint::from_columns).transpose()
}

/// From the last one back: those that came after are few.
pub(super) async fn checkpoint_until(pool: &PgPool, recorded_at: u64) -> Read<Option<PublishedCheckpoint>> {
    let row = sqlx::query_as(checkpoint!(
        "WHERE (SELECT recorded_at FROM log_entries WHERE position = k.size) <= $1 ORDER BY size DESC LIMIT 1"
    ));
    let row = row.bind(integer(recorded_at)).fetch_optional(pool).await.map_err(before_commit)?;
    row.map(PublishedCheckpoint::from_columns).transpose()
}
