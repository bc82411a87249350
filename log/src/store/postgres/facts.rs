//! Looking up many facts: one statement for each kind of question that is asked.

use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::failure::before_commit;
use crate::append::StreamId;
use crate::hash::Hash;
use crate::store::batch::half;
use crate::store::column::{found_command, number, owner};
use crate::store::{ClaimKey, Facts, FoundCommand, StoreError, StreamEnd, Wanted};

type Read<T> = Result<T, StoreError>;

pub(super) async fn facts(conn: &mut PgConnection, wanted: &Wanted) -> Read<Facts> {
    Ok(Facts {
        streams: streams(conn, &wanted.streams).await?,
        claims: claims(conn, &wanted.claims).await?,
        commands: commands(conn, &wanted.commands).await?,
        idempotency: idempotency(conn, &wanted.idempotency).await?,
        blobs: blobs(conn, &wanted.blobs).await?,
    })
}

async fn streams(conn: &mut PgConnection, streams: &[StreamId]) -> Read<Vec<Option<StreamEnd>>> {
    let mut answers = vec![None; streams.len()];
    if streams.is_empty() {
        return Ok(answers);
    }
    let rows: Vec<(i64, i64, Uuid)> = sqlx::query_as(
        "SELECT w.n, e.version, e.owner FROM unnest($1::text[], $2::uuid[]) WITH ORDINALITY AS w (kind, id, n) \
         CROSS JOIN LATERAL (SELECT version, owner FROM log_entries \
           WHERE stream_id = w.id AND stream_kind = w.kind ORDER BY version DESC LIMIT 1) AS e",
    )
    .bind(streams.iter().map(|stream| &*stream.kind).collect::<Vec<_>>())
    .bind(streams.iter().map(|stream| stream.id).collect::<Vec<_>>())
    .fetch_all(conn)
    .await
    .map_err(before_commit)?;
    for (n, version, id) in rows {
        *answer(&mut answers, n)? = Some(StreamEnd { version: number(version)?, owner: owner(id) });
    }
    Ok(answers)
}

async fn claims(conn: &mut PgConnection, claims: &[ClaimKey]) -> Read<Vec<Option<StreamId>>> {
    let mut answers = vec![None; claims.len()];
    if claims.is_empty() {
        return Ok(answers);
    }
    let rows: Vec<(i64, String, Uuid)> = sqlx::query_as(
        "SELECT w.n, c.holder_kind, c.holder_id \
         FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS w (scope, name, n) \
         JOIN log_claims AS c ON c.scope = w.scope AND c.name = w.name",
    )
    .bind(claims.iter().map(|(scope, _)| &**scope).collect::<Vec<_>>())
    .bind(claims.iter().map(|(_, name)| &name.0[..]).collect::<Vec<_>>())
    .fetch_all(conn)
    .await
    .map_err(before_commit)?;
    for (n, kind, id) in rows {
        *answer(&mut answers, n)? = Some(StreamId::new(kind, id));
    }
    Ok(answers)
}

async fn commands(conn: &mut PgConnection, ids: &[Uuid]) -> Read<Vec<Option<FoundCommand>>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query_as(
        "SELECT w.n, e.bytes FROM unnest($1::uuid[]) WITH ORDINALITY AS w (id, n) \
         CROSS JOIN LATERAL (SELECT bytes FROM log_entries WHERE command_id = w.id AND append_index = 0 LIMIT 1) AS e",
    )
    .bind(ids)
    .fetch_all(conn)
    .await
    .map_err(before_commit)?;
    found(ids.len(), rows)
}

async fn idempotency(conn: &mut PgConnection, hashes: &[Hash]) -> Read<Vec<Option<FoundCommand>>> {
    if hashes.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query_as(
        "SELECT w.n, e.bytes FROM unnest($1::uuid[]) WITH ORDINALITY AS w (hash, n) \
         CROSS JOIN LATERAL (SELECT bytes FROM log_entries WHERE idempotency = w.hash LIMIT 1) AS e",
    )
    .bind(hashes.iter().map(half).collect::<Vec<_>>())
    .fetch_all(conn)
    .await
    .map_err(before_commit)?;
    let found = found(hashes.len(), rows)?;
    let whole = |(found, hash): (Option<FoundCommand>, &Hash)| found.filter(|found| found.idempotency == Some(*hash));
    Ok(found.into_iter().zip(hashes).map(whole).collect())
}

fn found(asked: usize, rows: Vec<(i64, Vec<u8>)>) -> Read<Vec<Option<FoundCommand>>> {
    let mut answers = vec![None; asked];
    for (n, bytes) in rows {
        *answer(&mut answers, n)? = Some(found_command(&bytes)?);
    }
    Ok(answers)
}

async fn blobs(conn: &mut PgConnection, digests: &[Hash]) -> Read<Vec<bool>> {
    let mut answers = vec![false; digests.len()];
    if digests.is_empty() {
        return Ok(answers);
    }
    let rows: Vec<(i64,)> = sqlx::query_as(
        "SELECT w.n FROM unnest($1::bytea[]) WITH ORDINALITY AS w (digest, n) \
         JOIN log_blobs AS b ON b.digest = w.digest",
    )
    .bind(digests.iter().map(|digest| &digest.0[..]).collect::<Vec<_>>())
    .fetch_all(conn)
    .await
    .map_err(before_commit)?;
    for (n,) in rows {
        *answer(&mut answers, n)? = true;
    }
    Ok(answers)
}

/// The place for the answer to the n-th question, counted from 1.
fn answer<T>(answers: &mut [T], n: i64) -> Read<&mut T> {
    let index = usize::try_from(n - 1).ok();
    index.and_then(|index| answers.get_mut(index)).ok_or_else(|| StoreError::Damaged("an answer to no question".into()))
}
