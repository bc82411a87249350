//! The rows of `read_resources`.

use std::collections::BTreeSet;

use gpuaas_domain::Kind;
use gpuaas_domain::id::TypedId;
use gpuaas_log::payload;

use super::fold::Folded;
use super::{Columns, Key, Resource};
use crate::store::{ReadError, Row, Statement, Transaction, Value};

/// Most rows of a statement, a power of two.
const CHUNK: usize = 512;

/// Begins a query for resources.
pub(crate) fn select() -> Statement {
    Statement::new(
        "SELECT kind, id, organization, project, parent, name, status, version, created_at, updated_at, \
         created_position, last_position, body FROM read_resources ",
    )
}

/// Reads a row of such a query.
pub(crate) fn read(row: &Row) -> Result<Resource, ReadError> {
    let kind: String = row.get(0)?;
    let body: Vec<u8> = row.get(12)?;
    Ok(Resource {
        kind: Kind::parse(&kind).ok_or_else(|| ReadError::Damaged(format!("a resource of the unknown kind {kind}")))?,
        id: row.get(1)?,
        organization: row.get::<Option<_>>(2)?.map(TypedId::from_uuid),
        project: row.get::<Option<_>>(3)?.map(TypedId::from_uuid),
        parent: row.get(4)?,
        name: row.get(5)?,
        status: row.get(6)?,
        version: row.number(7)?,
        created_at: row.time(8)?,
        updated_at: row.time(9)?,
        created_position: row.number(10)?,
        last_position: row.number(11)?,
        state: payload::decode(&body).map_err(|error| ReadError::Damaged(format!("the state of a {kind}: {error}")))?,
    })
}

/// Reads the rows that there are.
pub(super) async fn load(
    rows: &mut Transaction,
    version: u32,
    keys: &BTreeSet<Key>,
) -> Result<Vec<Resource>, ReadError> {
    let keys: Vec<&Key> = keys.iter().collect();
    let mut resources = Vec::with_capacity(keys.len());
    for of_one_kind in keys.chunk_by(|a, b| a.0 == b.0) {
        for chunk in of_one_kind.chunks(CHUNK) {
            let mut load = select();
            load.push("WHERE build = ").bind(version);
            load.push(" AND kind = ").bind(chunk[0].0.as_str());
            load.push(" AND id IN ").bind_list(chunk.iter().map(|key| key.1));
            for row in rows.rows(load).await? {
                resources.push(read(&row)?);
            }
        }
    }
    Ok(resources)
}

/// Writes rows, new and changed ones alike.
pub(super) async fn save<'f>(
    rows: &mut Transaction,
    version: u32,
    changed: &[(Key, Columns)],
    folded: impl Fn(&Key) -> &'f Folded,
) -> Result<(), ReadError> {
    let mut rest = changed;
    while !rest.is_empty() {
        // Powers of two, so that there are few different statements and all stay prepared.
        let (chunk, later) = rest.split_at(CHUNK.min(1 << rest.len().ilog2()));
        let mut upsert = Statement::new(
            "INSERT INTO read_resources (build, kind, id, organization, project, parent, name, status, version, \
             created_at, updated_at, created_position, last_position, body) VALUES ",
        );
        for (index, (key, columns)) in chunk.iter().enumerate() {
            upsert.push(if index == 0 { "" } else { ", " }).bind_row(row(version, key, columns, folded(key))?);
        }
        upsert.push(
            " ON CONFLICT (build, kind, id) DO UPDATE SET organization = excluded.organization, \
             project = excluded.project, parent = excluded.parent, name = excluded.name, status = excluded.status, \
             version = excluded.version, updated_at = excluded.updated_at, last_position = excluded.last_position, \
             body = excluded.body",
        );
        rows.execute(upsert).await?;
        rest = later;
    }
    Ok(())
}

fn row(version: u32, (kind, id): &Key, columns: &Columns, folded: &Folded) -> Result<[Value; 14], ReadError> {
    let body = payload::encode(&folded.state)
        .map_err(|error| ReadError::Damaged(format!("the state of a {} cannot be kept: {error}", kind.as_str())))?;
    Ok([
        version.into(),
        kind.as_str().into(),
        (*id).into(),
        columns.organization.into(),
        columns.project.into(),
        columns.parent.into(),
        columns.name.as_str().into(),
        columns.status.into(),
        folded.version.into(),
        folded.created_at.0.into(),
        folded.updated_at.0.into(),
        folded.created_position.into(),
        folded.last_position.into(),
        body.into(),
    ])
}

/// Removes at most so many rows of a version.
pub(super) async fn discard(rows: &mut Transaction, version: u32, most: u32) -> Result<u64, ReadError> {
    let discard = Statement::new(
        "DELETE FROM read_resources WHERE build = ? AND (kind, id) IN \
         (SELECT kind, id FROM read_resources WHERE build = ? LIMIT ?)",
    );
    rows.execute(discard.value(version).value(version).value(most)).await
}
