//! The rows of `read_audit` and `read_audit_targets`.

use std::collections::BTreeSet;

use gpuaas_log::payload;
use uuid::Uuid;

use super::{Outcome, Record};
use crate::store::{ReadError, Row, Statement, Transaction, Value};

/// Most rows of a statement, a power of two.
const CHUNK: usize = 512;

/// Begins a query for records.
pub(crate) fn select() -> Statement {
    Statement::new(
        "SELECT position, append, owner, recorded_at, action, actor_kind, actor_id, trace, cause, result, body \
         FROM read_audit ",
    )
}

/// Reads a row of such a query.
pub(crate) fn read(row: &Row) -> Result<Record, ReadError> {
    let owner: Uuid = row.get(2)?;
    let cause: Option<i64> = row.get(8)?;
    let outcome: String = row.get(9)?;
    let body: Vec<u8> = row.get(10)?;
    Ok(Record {
        position: row.number(0)?,
        append: row.number(1)?,
        owner: (!owner.is_nil()).then_some(owner),
        recorded_at: row.time(3)?,
        action: row.get(4)?,
        actor_kind: row.get(5)?,
        actor_id: row.get(6)?,
        trace: row.get(7)?,
        cause: cause.and_then(|cause| u64::try_from(cause).ok()),
        outcome: match outcome.as_str() {
            "success" => Outcome::Success,
            "denied" => Outcome::Denied,
            other => return Err(ReadError::Damaged(format!("a record that ended in {other}"))),
        },
        more: payload::decode(&body).map_err(|error| ReadError::Damaged(format!("a record: {error}")))?,
    })
}

/// The records of an append that are there by now.
pub(super) async fn of_append(rows: &mut Transaction, version: u32, append: u64) -> Result<Vec<Record>, ReadError> {
    let mut of = select();
    of.push("WHERE build = ").bind(version);
    // All of them stand where the append's entries do.
    of.push(" AND position >= ").bind(append);
    of.push(" AND append = ").bind(append);
    rows.rows(of).await?.iter().map(read).collect()
}

/// Writes records, new and longer ones alike.
pub(super) async fn save(rows: &mut Transaction, version: u32, changed: &[Record]) -> Result<(), ReadError> {
    let records = changed.iter().map(|record| row(version, record)).collect::<Result<Vec<_>, _>>()?;
    let columns = "(build, position, append, owner, leads, recorded_at, action, actor_kind, actor_id, trace, cause, \
                   result, body)";
    let upsert = "ON CONFLICT (build, position) DO UPDATE SET body = excluded.body";
    insert(rows, &format!("INSERT INTO read_audit {columns} VALUES "), records, upsert).await?;
    let targets: BTreeSet<(Uuid, &str, u64)> =
        changed.iter().flat_map(|record| record.targets().map(|(kind, id)| (id, kind, record.position))).collect();
    let targets = targets
        .into_iter()
        .map(|(id, kind, position)| vec![version.into(), id.into(), kind.into(), position.into()])
        .collect();
    let into = "INSERT INTO read_audit_targets (build, id, kind, position) VALUES ";
    insert(rows, into, targets, "ON CONFLICT DO NOTHING").await
}

async fn insert(
    rows: &mut Transaction,
    into: &str,
    mut values: Vec<Vec<Value>>,
    conflict: &str,
) -> Result<(), ReadError> {
    while !values.is_empty() {
        // Powers of two, so that there are few different statements and all stay prepared.
        let rest = values.split_off(CHUNK.min(1 << values.len().ilog2()));
        let mut statement = Statement::new("");
        statement.push(into);
        for (index, row) in values.into_iter().enumerate() {
            statement.push(if index == 0 { "" } else { ", " }).bind_row(row);
        }
        statement.push(" ").push(conflict);
        rows.execute(statement).await?;
        values = rest;
    }
    Ok(())
}

fn row(version: u32, record: &Record) -> Result<Vec<Value>, ReadError> {
    let body = payload::encode(&record.more)
        .map_err(|error| ReadError::Damaged(format!("a record cannot be kept: {error}")))?;
    Ok(vec![
        version.into(),
        record.position.into(),
        record.append.into(),
        record.owner.unwrap_or_default().into(),
        u32::from(record.leads()).into(),
        record.recorded_at.0.into(),
        record.action.as_str().into(),
        record.actor_kind.as_str().into(),
        record.actor_id.into(),
        record.trace.into(),
        record.cause.into(),
        record.outcome.as_str().into(),
        body.into(),
    ])
}

/// Removes at most so many rows of a version.
pub(super) async fn discard(rows: &mut Transaction, version: u32, most: u32) -> Result<u64, ReadError> {
    let targets = Statement::new(
        "DELETE FROM read_audit_targets WHERE build = ? AND (id, kind, position) IN \
         (SELECT id, kind, position FROM read_audit_targets WHERE build = ? LIMIT ?)",
    );
    let discarded = rows.execute(targets.value(version).value(version).value(most)).await?;
    if discarded > 0 {
        return Ok(discarded);
    }
    let records = Statement::new(
        "DELETE FROM read_audit WHERE build = ? AND position IN \
         (SELECT position FROM read_audit WHERE build = ? LIMIT ?)",
    );
    rows.execute(records.value(version).value(version).value(most)).await
}
