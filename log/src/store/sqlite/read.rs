//! Reading: the same statements serve the reading pool and the writing connection.

use std::sync::Arc;

use sqlx::sqlite::{SqliteConnection, SqlitePool, SqliteRow};
use sqlx::{FromRow, Row as _};
use uuid::Uuid;

use super::failure::before_commit;
use crate::append::StreamId;
use crate::entry::{Owner, StoredEntry};
use crate::hash::Hash;
use crate::store::batch::half;
use crate::store::column::{found_command, hash, integer, limit as column_limit, number, owner};
use crate::store::head::frontier_from_bytes;
use crate::store::{Facts, FoundCommand, HeadRow, HeldClaim, PublishedCheckpoint, Row, StoreError, StreamEnd, Wanted};

type Read<T> = Result<T, StoreError>;

pub(super) async fn head(conn: &mut SqliteConnection) -> Read<HeadRow> {
    type Columns = (i64, Vec<u8>, i64, Vec<u8>, i64, Option<String>);
    let (position, head_hash, recorded_at, frontier, fence, stopped): Columns =
        sqlx::query_as("SELECT position, hash, recorded_at, frontier, fence, stopped FROM log_head")
            .fetch_one(conn)
            .await
            .map_err(before_commit)?;
    Ok(HeadRow {
        position: number(position)?,
        hash: hash(&head_hash)?,
        recorded_at: number(recorded_at)?,
        frontier: frontier_from_bytes(&frontier).ok_or_else(|| StoreError::Damaged("the frontier".into()))?,
        fence: number(fence)?,
        stopped,
    })
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

fn stored(rows: Vec<Stored>) -> Read<Vec<StoredEntry>> {
    rows.into_iter().map(Stored::into_entry).collect()
}

pub(super) async fn entries(pool: &SqlitePool, after: u64, limit: usize) -> Read<Vec<StoredEntry>> {
    let rows = sqlx::query_as(
        "SELECT e.position, e.bytes, b.bytes AS body FROM log_entries e LEFT JOIN log_bodies b ON b.digest = e.body \
         WHERE e.position > ? ORDER BY e.position LIMIT ?",
    )
    .bind(integer(after))
    .bind(column_limit(limit))
    .fetch_all(pool)
    .await;
    stored(rows.map_err(before_commit)?)
}

pub(super) async fn stream(pool: &SqlitePool, stream: &StreamId, after: u64, limit: usize) -> Read<Vec<StoredEntry>> {
    let rows = sqlx::query_as(
        "SELECT e.position, e.bytes, b.bytes AS body FROM log_entries e LEFT JOIN log_bodies b ON b.digest = e.body \
         WHERE e.stream_id = ? AND e.stream_kind = ? AND e.version > ? ORDER BY e.version LIMIT ?",
    )
    .bind(&stream.id.as_bytes()[..])
    .bind(&*stream.kind)
    .bind(integer(after))
    .bind(column_limit(limit))
    .fetch_all(pool)
    .await;
    stored(rows.map_err(before_commit)?)
}

pub(super) async fn owned(pool: &SqlitePool, owner: Owner, after: u64, limit: usize) -> Read<Vec<StoredEntry>> {
    let rows = sqlx::query_as(
        "SELECT e.position, e.bytes, b.bytes AS body FROM log_entries e LEFT JOIN log_bodies b ON b.digest = e.body \
         WHERE e.owner = ? AND e.owner_sequence > ? ORDER BY e.owner_sequence LIMIT ?",
    )
    .bind(owner.unwrap_or_default().as_bytes().to_vec())
    .bind(integer(after))
    .bind(column_limit(limit))
    .fetch_all(pool)
    .await;
    stored(rows.map_err(before_commit)?)
}

pub(super) async fn owner_sequence(pool: &SqlitePool, owner: Owner) -> Read<u64> {
    let last: Option<i64> = sqlx::query_scalar("SELECT max(owner_sequence) FROM log_entries WHERE owner = ?")
        .bind(owner.unwrap_or_default().as_bytes().to_vec())
        .fetch_one(pool)
        .await
        .map_err(before_commit)?;
    last.map_or(Ok(0), number)
}

pub(super) async fn declarations(pool: &SqlitePool) -> Read<Vec<StoredEntry>> {
    let rows = sqlx::query_as(
        "SELECT position, bytes, NULL AS body FROM log_entries \
         WHERE stream_kind = 'log' AND event <> 'log.heads_committed' ORDER BY position",
    )
    .fetch_all(pool)
    .await;
    stored(rows.map_err(before_commit)?)
}

/// Steps from owner to owner through the index, instead of reading all of it.
pub(super) async fn owner_ends(pool: &SqlitePool, size: u64) -> Read<Vec<StoredEntry>> {
    let rows = sqlx::query_as(
        "WITH RECURSIVE owners(owner) AS ( \
           SELECT min(owner) FROM log_entries \
           UNION ALL \
           SELECT (SELECT min(owner) FROM log_entries WHERE owner > owners.owner) FROM owners \
           WHERE owners.owner IS NOT NULL) \
         SELECT e.position, e.bytes, NULL AS body FROM owners JOIN log_entries e ON e.position = \
           (SELECT position FROM log_entries WHERE owner = owners.owner AND position <= ? \
            ORDER BY owner_sequence DESC LIMIT 1) \
         ORDER BY owners.owner",
    )
    .bind(integer(size))
    .fetch_all(pool)
    .await;
    stored(rows.map_err(before_commit)?)
}

pub(super) async fn rows(pool: &SqlitePool, after: u64, limit: usize) -> Read<Vec<Row>> {
    let rows = sqlx::query("SELECT * FROM log_entries WHERE position > ? ORDER BY position LIMIT ?")
        .bind(integer(after))
        .bind(column_limit(limit))
        .fetch_all(pool)
        .await
        .map_err(before_commit)?;
    rows.iter().map(row).collect()
}

fn row(row: &SqliteRow) -> Read<Row> {
    let id = |column: &str| {
        let bytes: Vec<u8> = row.try_get(column).map_err(before_commit)?;
        Uuid::from_slice(&bytes).map_err(|_| StoreError::Damaged("an id that has not 16 bytes".into()))
    };
    let count = |column: &str| Ok(row.try_get::<i64, _>(column).map_err(before_commit)? as u64);
    let text = |column: &str| row.try_get::<String, _>(column).map_err(before_commit);
    let digest = |column: &str| -> Read<Option<Hash>> {
        let bytes: Option<Vec<u8>> = row.try_get(column).map_err(before_commit)?;
        bytes.as_deref().map(hash).transpose()
    };
    Ok(Row {
        bytes: row.try_get::<Vec<u8>, _>("bytes").map_err(before_commit)?.into(),
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
        idempotency: half_column(row)?,
        body: digest("body")?,
    })
}

fn half_column(row: &SqliteRow) -> Read<Option<Uuid>> {
    let bytes: Option<Vec<u8>> = row.try_get("idempotency").map_err(before_commit)?;
    let half = bytes.as_deref().map(Uuid::from_slice).transpose();
    half.map_err(|_| StoreError::Damaged("half a hash that has not 16 bytes".into()))
}

pub(super) async fn claims(pool: &SqlitePool) -> Read<Vec<HeldClaim>> {
    let rows: Vec<(String, Vec<u8>, String, Vec<u8>)> =
        sqlx::query_as("SELECT scope, name, holder_kind, holder_id FROM log_claims ORDER BY scope, name")
            .fetch_all(pool)
            .await
            .map_err(before_commit)?;
    rows.into_iter()
        .map(|(scope, name, kind, id)| {
            Ok(HeldClaim { scope: scope.into(), name: hash(&name)?, holder: stream_id(kind, &id)? })
        })
        .collect()
}

fn stream_id(kind: String, id: &[u8]) -> Read<StreamId> {
    let id = Uuid::from_slice(id).map_err(|_| StoreError::Damaged("an id that has not 16 bytes".into()))?;
    Ok(StreamId::new(kind, id))
}

/// Asks one by one: a look-up costs less here than the making of one large statement.
pub(super) async fn facts(conn: &mut SqliteConnection, wanted: &Wanted) -> Read<Facts> {
    let mut facts = Facts::default();
    for stream in &wanted.streams {
        facts.streams.push(stream_end(conn, stream).await?);
    }
    for (scope, name) in &wanted.claims {
        let holder: Option<(String, Vec<u8>)> =
            sqlx::query_as("SELECT holder_kind, holder_id FROM log_claims WHERE scope = ? AND name = ?")
                .bind(&**scope)
                .bind(&name.0[..])
                .fetch_optional(&mut *conn)
                .await
                .map_err(before_commit)?;
        facts.claims.push(holder.map(|(kind, id)| stream_id(kind, &id)).transpose()?);
    }
    for command in &wanted.commands {
        let sql = "SELECT bytes FROM log_entries WHERE command_id = ? AND append_index = 0";
        facts.commands.push(first_entry(conn, sql, command.as_bytes()).await?);
    }
    for idempotency in &wanted.idempotency {
        let sql = "SELECT bytes FROM log_entries WHERE idempotency = ?";
        let found = first_entry(conn, sql, half(idempotency).as_bytes()).await?;
        facts.idempotency.push(found.filter(|found| found.idempotency == Some(*idempotency)));
    }
    for digest in &wanted.blobs {
        let found = sqlx::query("SELECT 1 FROM log_blobs WHERE digest = ?")
            .bind(&digest.0[..])
            .fetch_optional(&mut *conn)
            .await
            .map_err(before_commit)?;
        facts.blobs.push(found.is_some());
    }
    Ok(facts)
}

async fn stream_end(conn: &mut SqliteConnection, stream: &StreamId) -> Read<Option<StreamEnd>> {
    let end: Option<(i64, Vec<u8>)> = sqlx::query_as(
        "SELECT version, owner FROM log_entries WHERE stream_id = ? AND stream_kind = ? ORDER BY version DESC LIMIT 1",
    )
    .bind(&stream.id.as_bytes()[..])
    .bind(&*stream.kind)
    .fetch_optional(conn)
    .await
    .map_err(before_commit)?;
    let Some((version, bytes)) = end else { return Ok(None) };
    let id = Uuid::from_slice(&bytes).map_err(|_| StoreError::Damaged("an owner that has not 16 bytes".into()))?;
    Ok(Some(StreamEnd { version: number(version)?, owner: owner(id) }))
}

async fn first_entry(conn: &mut SqliteConnection, sql: &'static str, key: &[u8]) -> Read<Option<FoundCommand>> {
    let bytes: Option<(Vec<u8>,)> = sqlx::query_as(sql).bind(key).fetch_optional(conn).await.map_err(before_commit)?;
    bytes.map(|(bytes,)| found_command(&bytes)).transpose()
}

pub(super) async fn blob(pool: &SqlitePool, digest: Hash) -> Read<Option<Arc<[u8]>>> {
    let bytes: Option<(Vec<u8>,)> = sqlx::query_as("SELECT bytes FROM log_blobs WHERE digest = ?")
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
            "SELECT size, note, peaks_before, (SELECT group_concat(line || char(10), '' ORDER BY witness) \
             FROM log_cosignatures c WHERE c.size = k.size) FROM log_checkpoints k ",
            $rest
        )
    };
}

pub(super) async fn checkpoints(pool: &SqlitePool) -> Read<Vec<PublishedCheckpoint>> {
    let rows = sqlx::query_as(checkpoint!("ORDER BY size")).fetch_all(pool).await.map_err(before_commit)?;
    rows.into_iter().map(PublishedCheckpoint::from_columns).collect()
}

pub(super) async fn checkpoints_after(pool: &SqlitePool, size: u64, limit: usize) -> Read<Vec<PublishedCheckpoint>> {
    let rows = sqlx::query_as(checkpoint!("WHERE size > ? ORDER BY size LIMIT ?"));
    let rows = rows.bind(integer(size)).bind(column_limit(limit)).fetch_all(pool).await.map_err(before_commit)?;
    rows.into_iter().map(PublishedCheckpoint::from_columns).collect()
}

pub(super) async fn last_checkpoint(pool: &SqlitePool) -> Read<Option<PublishedCheckpoint>> {
    let row = sqlx::query_as(checkpoint!("ORDER BY size DESC LIMIT 1")).fetch_optional(pool).await;
    row.map_err(before_commit)?.map(PublishedCheckpoint::from_columns).transpose()
}

pub(super) async fn last_cosigned_by(pool: &SqlitePool, witness: &str) -> Read<Option<u64>> {
    let size: Option<i64> = sqlx::query_scalar("SELECT max(size) FROM log_cosignatures WHERE witness = ?")
        .bind(witness)
        .fetch_one(pool)
        .await
        .map_err(before_commit)?;
    size.map(number).transpose()
}

pub(super) async fn checkpoint(pool: &SqlitePool, size: u64) -> Read<Option<PublishedCheckpoint>> {
    let row = sqlx::query_as(checkpoint!("WHERE size = ?")).bind(integer(size)).fetch_optional(pool).await;
    row.map_err(before_commit)?.map(PublishedCheckpoint::from_columns).transpose()
}

/// From the last one back: those that came after are few.
pub(super) async fn checkpoint_until(pool: &SqlitePool, recorded_at: u64) -> Read<Option<PublishedCheckpoint>> {
    let row = sqlx::query_as(checkpoint!(
        "WHERE (SELECT recorded_at FROM log_entries WHERE position = k.size) <= ? ORDER BY size DESC LIMIT 1"
    ));
    let row = row.bind(integer(recorded_at)).fetch_optional(pool).await.map_err(before_commit)?;
    row.map(PublishedCheckpoint::from_columns).transpose()
}
