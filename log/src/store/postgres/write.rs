//! Writing a batch: one statement, which compares and moves the head, and writes all
//! the rest only if the head moved.

use sqlx::Postgres;
use sqlx::postgres::{PgArguments, PgConnection, PgPool};
use sqlx::query::Query;

use super::failure::before_commit;
use crate::store::column::integer;
use crate::store::head::frontier_to_bytes;
use crate::store::{Batch, ClaimWrite, HeldClaim, MAX_CLOCK_DIFFERENCE, Row, StoreError};

/// `$1` to `$9`. `statement_timestamp` is the time at which the statement arrived, so
/// that waiting for the head does not look like a wrong clock.
macro_rules! move_head {
    () => {
        "WITH moved AS ( \
           UPDATE log_head SET position = $1, hash = $2, recorded_at = $3, frontier = $4 \
           WHERE position = $5 AND hash = $6 AND fence = $7 AND stopped IS NULL \
             AND abs(extract(epoch FROM statement_timestamp()) * 1000000 - $8::bigint) <= $9::bigint \
           RETURNING position), "
    };
}

/// `$10` to `$23`, lists of one length: unnested beside each other, which costs less than
/// a table of them.
macro_rules! insert_entries {
    () => {
        "entries AS ( \
           INSERT INTO log_entries (position, bytes, stream_kind, stream_id, version, event, owner, owner_sequence, \
             recorded_at, command_id, append_index, append_count, idempotency, body) \
           SELECT unnest($10::bigint[]), unnest($11::bytea[]), unnest($12::text[]), unnest($13::uuid[]), \
             unnest($14::bigint[]), unnest($15::text[]), unnest($16::uuid[]), unnest($17::bigint[]), \
             unnest($18::bigint[]), unnest($19::uuid[]), unnest($20::bigint[]), unnest($21::bigint[]), \
             unnest($22::uuid[]), unnest($23::bytea[]) FROM moved) "
    };
}

/// `$24` to `$38`.
macro_rules! write_the_rest {
    () => {
        ", taken AS ( \
           INSERT INTO log_claims (scope, name, holder_kind, holder_id) \
           SELECT c.* FROM moved, unnest($24::text[], $25::bytea[], $26::text[], $27::uuid[]) AS c), \
         passed AS ( \
           UPDATE log_claims SET holder_kind = c.kind, holder_id = c.id \
           FROM moved, unnest($28::text[], $29::bytea[], $30::text[], $31::uuid[]) AS c (scope, name, kind, id) \
           WHERE log_claims.scope = c.scope AND log_claims.name = c.name), \
         released AS ( \
           DELETE FROM log_claims USING moved, unnest($32::text[], $33::bytea[]) AS c (scope, name) \
           WHERE log_claims.scope = c.scope AND log_claims.name = c.name), \
         blobs AS ( \
           INSERT INTO log_blobs (digest, bytes) SELECT b.* FROM moved, unnest($34::bytea[], $35::bytea[]) AS b \
           ON CONFLICT DO NOTHING), \
         bodies AS ( \
           INSERT INTO log_bodies (digest, bytes) SELECT b.* FROM moved, unnest($36::bytea[], $37::bytea[]) AS b), \
         erased AS ( \
           DELETE FROM log_bodies USING moved WHERE log_bodies.digest = ANY($38::bytea[])) "
    };
}

const PLAIN: &str = concat!(move_head!(), insert_entries!(), "SELECT 1 FROM moved");
const WHOLE: &str = concat!(move_head!(), insert_entries!(), write_the_rest!(), "SELECT 1 FROM moved");

/// Writes the batch. Answers whether the head moved.
pub(super) async fn write(conn: &mut PgConnection, batch: &Batch) -> Result<bool, sqlx::Error> {
    let plain = batch.is_plain();
    let mut query = sqlx::query(if plain { PLAIN } else { WHOLE });
    query = bind_head(query, batch);
    query = bind_entries(query, &batch.rows);
    if !plain {
        query = bind_claims(query, &batch.claims);
        query = bind_bytes(query, batch);
    }
    Ok(query.fetch_optional(conn).await?.is_some())
}

type Statement<'q> = Query<'q, Postgres, PgArguments>;

fn bind_head<'q>(query: Statement<'q>, batch: &'q Batch) -> Statement<'q> {
    query
        .bind(integer(batch.after.position))
        .bind(&batch.after.hash.0[..])
        .bind(integer(batch.after.recorded_at))
        .bind(frontier_to_bytes(&batch.after.frontier))
        .bind(integer(batch.before.position))
        .bind(&batch.before.hash.0[..])
        .bind(integer(batch.before.fence))
        .bind(integer(batch.clock))
        .bind(integer(MAX_CLOCK_DIFFERENCE))
}

fn bind_entries<'q>(query: Statement<'q>, rows: &'q [Row]) -> Statement<'q> {
    query
        .bind(list(rows, |row| integer(row.position)))
        .bind(list(rows, |row| &row.bytes[..]))
        .bind(list(rows, |row| &*row.stream.kind))
        .bind(list(rows, |row| row.stream.id))
        .bind(list(rows, |row| integer(row.version)))
        .bind(list(rows, |row| &*row.event))
        .bind(list(rows, |row| row.owner.unwrap_or_default()))
        .bind(list(rows, |row| integer(row.owner_sequence)))
        .bind(list(rows, |row| integer(row.recorded_at)))
        .bind(list(rows, |row| row.command_id))
        .bind(list(rows, |row| integer(row.append_index)))
        .bind(list(rows, |row| integer(row.append_count)))
        .bind(list(rows, |row| row.idempotency))
        .bind(list(rows, |row| row.body.as_ref().map(|hash| &hash.0[..])))
}

fn bind_claims<'q>(query: Statement<'q>, claims: &'q [ClaimWrite]) -> Statement<'q> {
    let (mut taken, mut passed) = (Vec::new(), Vec::new());
    let (mut released_scopes, mut released_names) = (Vec::new(), Vec::new());
    for claim in claims {
        match claim {
            ClaimWrite::Insert(held) => taken.push(held),
            ClaimWrite::Move(held) => passed.push(held),
            ClaimWrite::Delete { scope, name } => {
                released_scopes.push(&**scope);
                released_names.push(&name.0[..]);
            }
        }
    }
    let query = bind_held(query, &taken);
    bind_held(query, &passed).bind(released_scopes).bind(released_names)
}

fn bind_held<'q>(query: Statement<'q>, held: &[&'q HeldClaim]) -> Statement<'q> {
    query
        .bind(list(held, |claim| &*claim.scope))
        .bind(list(held, |claim| &claim.name.0[..]))
        .bind(list(held, |claim| &*claim.holder.kind))
        .bind(list(held, |claim| claim.holder.id))
}

fn bind_bytes<'q>(query: Statement<'q>, batch: &'q Batch) -> Statement<'q> {
    query
        .bind(list(&batch.blobs, |(digest, _)| &digest.0[..]))
        .bind(list(&batch.blobs, |(_, bytes)| &bytes[..]))
        .bind(list(&batch.bodies, |(digest, _)| &digest.0[..]))
        .bind(list(&batch.bodies, |(_, bytes)| &bytes[..]))
        .bind(list(&batch.erased, |digest| &digest.0[..]))
}

/// What a witness said first stays.
pub(super) async fn put_cosignature(pool: &PgPool, size: u64, witness: &str, line: &str) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO log_cosignatures (size, witness, line) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(integer(size))
        .bind(witness)
        .bind(line)
        .execute(pool)
        .await
        .map_err(before_commit)?;
    Ok(())
}

/// Inserts claims, where there are none.
pub(super) async fn insert_claims(conn: &mut PgConnection, claims: &[HeldClaim]) -> Result<(), sqlx::Error> {
    let insert = sqlx::query(
        "INSERT INTO log_claims (scope, name, holder_kind, holder_id) \
         SELECT * FROM unnest($1::text[], $2::bytea[], $3::text[], $4::uuid[])",
    );
    let held: Vec<&HeldClaim> = claims.iter().collect();
    bind_held(insert, &held).execute(conn).await?;
    Ok(())
}

/// Sets an entry's columns to what its bytes call for.
pub(super) async fn set_columns(conn: &mut PgConnection, row: &Row) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE log_entries SET stream_kind = $1, stream_id = $2, version = $3, event = $4, owner = $5, \
         owner_sequence = $6, recorded_at = $7, command_id = $8, append_index = $9, append_count = $10, \
         idempotency = $11, body = $12 WHERE position = $13",
    )
    .bind(&*row.stream.kind)
    .bind(row.stream.id)
    .bind(integer(row.version))
    .bind(&*row.event)
    .bind(row.owner.unwrap_or_default())
    .bind(integer(row.owner_sequence))
    .bind(integer(row.recorded_at))
    .bind(row.command_id)
    .bind(integer(row.append_index))
    .bind(integer(row.append_count))
    .bind(row.idempotency)
    .bind(row.body.as_ref().map(|hash| &hash.0[..]))
    .bind(integer(row.position))
    .execute(conn)
    .await?;
    Ok(())
}

fn list<'q, T, U>(items: &'q [T], column: impl FnMut(&'q T) -> U) -> Vec<U> {
    items.iter().map(column).collect()
}
