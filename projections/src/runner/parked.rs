//! Streams that a projection skips, because an entry of theirs could not be applied.
//!
//! They stay parked until a higher version of the projection, which can apply the
//! entry, has been built.

use std::collections::HashSet;

use gpuaas_log::append::StreamId;
use gpuaas_log::entry::StreamRef;
use uuid::Uuid;

use super::projection::Item;
use crate::store::{ReadError, ReadStore, Statement, Transaction, Value};

/// A stream that is skipped from an entry on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// Which projection skips it.
    pub projection: String,
    /// In which version.
    pub version: u32,
    /// The stream.
    pub stream: StreamId,
    /// The entry that could not be applied.
    pub position: u64,
    /// Why it could not.
    pub reason: String,
}

/// The streams that versions in use skip, by position.
pub async fn parked(store: &ReadStore) -> Result<Vec<Parked>, ReadError> {
    let parked = Statement::new(
        "SELECT read_parked.name, read_parked.version, stream_kind, stream_id, read_parked.position, reason \
         FROM read_parked JOIN read_projections ON read_projections.name = read_parked.name \
         AND read_projections.version = read_parked.version \
         WHERE stage <> 'retired' ORDER BY read_parked.position, read_parked.name, read_parked.version",
    );
    let rows = store.rows(parked).await?;
    rows.iter()
        .map(|row| {
            Ok(Parked {
                projection: row.get(0)?,
                version: super::build::version(row.number(1)?)?,
                stream: StreamId::new(row.get::<String>(2)?, row.get(3)?),
                position: row.number(4)?,
                reason: row.get(5)?,
            })
        })
        .collect()
}

/// The parked streams of the version that a runner builds.
#[derive(Default)]
pub(super) struct ParkedStreams {
    streams: HashSet<(String, Uuid)>,
}

impl ParkedStreams {
    /// Those that stand in the database.
    pub(super) async fn load(store: &ReadStore, name: &str, version: u32) -> Result<Self, ReadError> {
        let parked = Statement::new("SELECT stream_kind, stream_id FROM read_parked WHERE name = ? AND version = ?");
        let rows = store.rows(parked.value(name).value(version)).await?;
        let streams = rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, ReadError>>()?;
        Ok(Self { streams })
    }

    pub(super) fn contains(&self, stream: StreamRef<'_>) -> bool {
        // Parked streams are few, and mostly there are none.
        self.streams.iter().any(|(kind, id)| *id == stream.id && kind == stream.kind)
    }

    pub(super) fn insert(&mut self, stream: StreamRef<'_>) {
        self.streams.insert((stream.kind.to_owned(), stream.id));
    }

    pub(super) fn len(&self) -> usize {
        self.streams.len()
    }
}

/// Writes that the entry's stream is skipped from here on.
pub(super) async fn park(
    rows: &mut Transaction,
    name: &str,
    version: u32,
    item: &Item<'_>,
    reason: &str,
) -> Result<(), ReadError> {
    let mut park =
        Statement::new("INSERT INTO read_parked (name, version, stream_kind, stream_id, position, reason) VALUES ");
    park.bind_row([
        Value::from(name),
        version.into(),
        item.entry.stream.kind.into(),
        item.entry.stream.id.into(),
        item.entry.position.into(),
        // What a deserializer says may quote its input, and Postgres takes no NUL in text.
        reason.replace('\0', "␀").into(),
    ]);
    rows.execute(park).await?;
    Ok(())
}
