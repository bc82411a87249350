//! Numbers, ids and hashes as both databases keep them.

use uuid::Uuid;

use super::head::frontier_from_bytes;
use super::{FoundCommand, StoreError};
use crate::entry::{Entry, Owner};
use crate::hash::Hash;
use crate::tiles::{CompleteTile, TileId};

/// An integer of the format as a column.
pub(super) fn integer(value: u64) -> i64 {
    i64::try_from(value).expect("the format's integers end at 2^53")
}

/// A column as an integer of the format.
pub(super) fn number(column: i64) -> Result<u64, StoreError> {
    u64::try_from(column).map_err(|_| StoreError::Damaged("a negative number".into()))
}

/// A column as a hash.
pub(super) fn hash(column: &[u8]) -> Result<Hash, StoreError> {
    Hash::from_slice(column).ok_or_else(|| StoreError::Damaged("a hash that has not 32 bytes".into()))
}

/// A column as an owner: the platform is all zeros.
pub(super) fn owner(column: Uuid) -> Owner {
    (!column.is_nil()).then_some(column)
}

/// Limits are sizes of pages: far below what a column holds.
pub(super) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// What is known of a command from its first entry's bytes.
pub(super) fn found_command(bytes: &[u8]) -> Result<FoundCommand, StoreError> {
    let entry = Entry::decode(bytes).map_err(|error| StoreError::Damaged(format!("an entry: {error}")))?;
    Ok(FoundCommand {
        command_id: entry.append.command_id,
        positions: entry.position..=entry.position + entry.append.count - 1,
        recorded_at: entry.recorded_at,
        idempotency: entry.command.idempotency,
        request: entry.command.request,
    })
}

/// A column as a tile.
pub(super) fn tile(id: TileId, column: &[u8]) -> Result<CompleteTile, StoreError> {
    let hashes = frontier_from_bytes(column).and_then(|hashes| CompleteTile::new(id, hashes));
    hashes.ok_or_else(|| StoreError::Damaged(format!("tile {} of level {}", id.index, id.level)))
}
