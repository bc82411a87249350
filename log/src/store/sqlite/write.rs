//! Writing a batch inside a transaction.

use sqlx::sqlite::SqliteConnection;
use sqlx::{QueryBuilder, Sqlite};

use super::failure::{before_commit, collision};
use crate::hash::Hash;
use crate::store::column::integer;
use crate::store::head::frontier_to_bytes;
use crate::store::{Batch, ClaimWrite, HeldClaim, MAX_CLOCK_DIFFERENCE, Row, StoreError, Written};

/// Compares and moves the head, and writes the batch if it moved.
pub(super) async fn write(conn: &mut SqliteConnection, batch: &Batch, clock: u64) -> Result<Written, StoreError> {
    if clock.abs_diff(batch.clock) > MAX_CLOCK_DIFFERENCE || !move_head(conn, batch).await? {
        return Ok(Written::HeadMoved);
    }
    match write_rows(conn, batch).await {
        Ok(()) => Ok(Written::Done),
        Err(error) => collision(error),
    }
}

async fn move_head(conn: &mut SqliteConnection, batch: &Batch) -> Result<bool, StoreError> {
    let moved = sqlx::query(
        "UPDATE log_head SET position = ?1, hash = ?2, recorded_at = ?3, frontier = ?4 \
         WHERE position = ?5 AND hash = ?6 AND fence = ?7 AND stopped IS NULL",
    )
    .bind(integer(batch.after.position))
    .bind(&batch.after.hash.0[..])
    .bind(integer(batch.after.recorded_at))
    .bind(frontier_to_bytes(&batch.after.frontier))
    .bind(integer(batch.before.position))
    .bind(&batch.before.hash.0[..])
    .bind(integer(batch.before.fence))
    .execute(conn)
    .await
    .map_err(before_commit)?;
    Ok(moved.rows_affected() == 1)
}

async fn write_rows(conn: &mut SqliteConnection, batch: &Batch) -> Result<(), sqlx::Error> {
    let mut rows = &batch.rows[..];
    while !rows.is_empty() {
        let (chunk, rest) = rows.split_at(chunk_length(rows.len()));
        insert_entries(conn, chunk).await?;
        rows = rest;
    }
    write_claims(conn, &batch.claims).await?;
    for (digest, bytes) in &batch.blobs {
        insert_bytes(conn, "INSERT INTO log_blobs VALUES (?, ?) ON CONFLICT DO NOTHING", *digest, bytes).await?;
    }
    for (digest, bytes) in &batch.bodies {
        insert_bytes(conn, "INSERT INTO log_bodies VALUES (?, ?)", *digest, bytes).await?;
    }
    for digest in &batch.erased {
        sqlx::query("DELETE FROM log_bodies WHERE digest = ?").bind(&digest.0[..]).execute(&mut *conn).await?;
    }
    Ok(())
}

/// The largest power of two that is not larger: so that there are few different
/// statements, and all stay prepared.
fn chunk_length(rows: usize) -> usize {
    const MOST: usize = 512;
    MOST.min(1 << rows.ilog2())
}

async fn insert_entries(conn: &mut SqliteConnection, rows: &[Row]) -> Result<(), sqlx::Error> {
    let mut insert = QueryBuilder::<Sqlite>::new(
        "INSERT INTO log_entries (position, bytes, stream_kind, stream_id, version, event, owner, owner_sequence, \
         recorded_at, command_id, append_index, append_count, idempotency, body) ",
    );
    insert.push_values(rows, |mut values, row| {
        values
            .push_bind(integer(row.position))
            .push_bind(&row.bytes[..])
            .push_bind(&*row.stream.kind)
            .push_bind(&row.stream.id.as_bytes()[..])
            .push_bind(integer(row.version))
            .push_bind(&*row.event)
            .push_bind(row.owner.unwrap_or_default().as_bytes().to_vec())
            .push_bind(integer(row.owner_sequence))
            .push_bind(integer(row.recorded_at))
            .push_bind(&row.command_id.as_bytes()[..])
            .push_bind(integer(row.append_index))
            .push_bind(integer(row.append_count))
            .push_bind(row.idempotency.as_ref().map(|half| &half.as_bytes()[..]))
            .push_bind(row.body.as_ref().map(|hash| &hash.0[..]));
    });
    insert.build().persistent(true).execute(conn).await?;
    Ok(())
}

async fn write_claims(conn: &mut SqliteConnection, claims: &[ClaimWrite]) -> Result<(), sqlx::Error> {
    for claim in claims {
        match claim {
            ClaimWrite::Insert(held) => insert_claim(conn, held).await?,
            ClaimWrite::Move(held) => {
                delete_claim(conn, &held.scope, held.name).await?;
                insert_claim(conn, held).await?;
            }
            ClaimWrite::Delete { scope, name } => delete_claim(conn, scope, *name).await?,
        }
    }
    Ok(())
}

pub(super) async fn insert_claim(conn: &mut SqliteConnection, held: &HeldClaim) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO log_claims VALUES (?, ?, ?, ?)")
        .bind(&*held.scope)
        .bind(&held.name.0[..])
        .bind(&*held.holder.kind)
        .bind(&held.holder.id.as_bytes()[..])
        .execute(conn)
        .await?;
    Ok(())
}

async fn delete_claim(conn: &mut SqliteConnection, scope: &str, name: Hash) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM log_claims WHERE scope = ? AND name = ?")
        .bind(scope)
        .bind(&name.0[..])
        .execute(conn)
        .await?;
    Ok(())
}

/// A statement of its own, which is durable when it ends.
pub(super) async fn put_cosignature(
    conn: &mut SqliteConnection,
    size: u64,
    witness: &str,
    line: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO log_cosignatures (size, witness, line) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
        .bind(integer(size))
        .bind(witness)
        .bind(line)
        .execute(conn)
        .await?;
    Ok(())
}

async fn insert_bytes(
    conn: &mut SqliteConnection,
    sql: &'static str,
    digest: Hash,
    bytes: &[u8],
) -> Result<(), sqlx::Error> {
    sqlx::query(sql).bind(&digest.0[..]).bind(bytes).execute(conn).await?;
    Ok(())
}

/// Empties the columns of all entries, so that none is in another's way.
pub(super) async fn clear_columns(conn: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE log_entries SET version = -position, owner_sequence = -position, append_index = -1, idempotency = NULL",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Sets an entry's columns to what its bytes call for.
pub(super) async fn set_columns(conn: &mut SqliteConnection, row: &Row) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE log_entries SET stream_kind = ?, stream_id = ?, version = ?, event = ?, owner = ?, owner_sequence = ?, \
         recorded_at = ?, command_id = ?, append_index = ?, append_count = ?, idempotency = ?, body = ? \
         WHERE position = ?",
    )
    .bind(&*row.stream.kind)
    .bind(&row.stream.id.as_bytes()[..])
    .bind(integer(row.version))
    .bind(&*row.event)
    .bind(row.owner.unwrap_or_default().as_bytes().to_vec())
    .bind(integer(row.owner_sequence))
    .bind(integer(row.recorded_at))
    .bind(&row.command_id.as_bytes()[..])
    .bind(integer(row.append_index))
    .bind(integer(row.append_count))
    .bind(row.idempotency.as_ref().map(|half| &half.as_bytes()[..]))
    .bind(row.body.as_ref().map(|hash| &hash.0[..]))
    .bind(integer(row.position))
    .execute(conn)
    .await?;
    Ok(())
}
