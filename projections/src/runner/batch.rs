//! Applying a batch: rows, parked streams and cursor change together or not at all.

use gpuaas_log::entry::StoredEntry;

use super::build::Build;
use super::parked::{ParkedStreams, park};
use super::projection::{Item, Projection};
use crate::store::{ReadError, ReadStore, Transaction};

/// How a batch ended.
pub(super) enum Applied {
    /// Everything was applied; the build stands here now.
    To(Build),
    /// Another server moved the cursor, or a higher version has taken over.
    Overtaken,
    /// A projection that stops on errors met one: nothing was applied.
    Failed {
        /// The entry.
        position: u64,
        /// Why it cannot be applied.
        reason: String,
    },
    /// What was applied before is not what this log holds: nothing was applied.
    Foreign(String),
}

/// Applies entries that follow `from`, and brings it to `to`.
pub(super) async fn apply(
    store: &ReadStore,
    projection: &mut dyn Projection,
    parked: &mut ParkedStreams,
    from: &Build,
    to: Build,
    entries: &[StoredEntry],
) -> Result<Applied, ReadError> {
    let mut items = match decode(from, entries) {
        Ok(items) => items,
        Err(reason) => return Ok(Applied::Foreign(reason)),
    };
    items.retain(|item| !parked.contains(item.entry.stream));
    let mut rows = store.begin().await?;
    if !from.advance(&mut rows, &to).await? {
        return Ok(Applied::Overtaken);
    }
    projection.load(&mut rows, from.version, &items).await?;
    let unappliable = apply_each(projection, &items);
    if let (true, Some((item, reason))) = (projection.stops_on_error(), unappliable.first()) {
        return Ok(Applied::Failed { position: item.entry.position, reason: reason.clone() });
    }
    projection.save(&mut rows, from.version).await?;
    park_each(&mut rows, from, &unappliable).await?;
    rows.commit().await?;
    unappliable.iter().for_each(|(item, _)| parked.insert(item.entry.stream));
    Ok(Applied::To(to))
}

/// Applies the entries and answers with the first of each stream that could not be.
fn apply_each<'i, 'e>(projection: &mut dyn Projection, items: &'i [Item<'e>]) -> Vec<(&'i Item<'e>, String)> {
    let mut unappliable: Vec<(&Item<'_>, String)> = Vec::new();
    for item in items {
        if unappliable.iter().any(|(first, _)| first.entry.stream == item.entry.stream) {
            continue;
        }
        if let Err(reason) = projection.apply(item) {
            unappliable.push((item, reason.to_string()));
        }
    }
    unappliable
}

async fn park_each(
    rows: &mut Transaction,
    build: &Build,
    unappliable: &[(&Item<'_>, String)],
) -> Result<(), ReadError> {
    for (item, reason) in unappliable {
        let (stream, position) = (item.entry.stream, item.entry.position);
        tracing::error!(projection = build.name, kind = stream.kind, id = %stream.id, position, reason,
            "an entry cannot be applied: its stream is parked");
        park(rows, build.name, build.version, item, reason).await?;
    }
    Ok(())
}

/// Decodes entries and checks that they continue the chain that was applied.
fn decode<'e>(from: &Build, entries: &'e [StoredEntry]) -> Result<Vec<Item<'e>>, String> {
    let mut items = Vec::with_capacity(entries.len());
    for (stored, position) in entries.iter().zip(from.position + 1..) {
        let item = Item::decode(stored).map_err(|error| format!("entry {position} of the log: {error}"))?;
        if item.entry.position != position {
            return Err(format!("the log has entry {} where {position} belongs", item.entry.position));
        }
        items.push(item);
    }
    match items.first() {
        Some(first) if first.entry.prev != from.hash => Err(foreign(from.position)),
        Some(_) | None => Ok(items),
    }
}

/// What to say when the log does not hold the entry that was applied last.
pub(super) fn foreign(position: u64) -> String {
    format!(
        "entry {position}, which was applied last, is not in this log: the log was put back, or is another one; \
         remove the read database, and it is built again from the log"
    )
}
