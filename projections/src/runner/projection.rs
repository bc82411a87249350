//! What builds a read model.

use async_trait::async_trait;
use gpuaas_log::entry::{DETACHED_SALT, DecodeError, Entry, PayloadRef, StoredEntry};

use crate::store::{ReadError, Transaction};

/// An entry as a projection sees it.
pub struct Item<'a> {
    /// The entry.
    pub entry: Entry<'a>,
    /// Its payload, inline or detached; `None` if it was erased.
    pub payload: Option<&'a [u8]>,
}

impl<'a> Item<'a> {
    /// Decodes a stored entry.
    pub fn decode(stored: &'a StoredEntry) -> Result<Self, DecodeError> {
        let entry = stored.entry()?;
        let payload = match entry.payload {
            PayloadRef::Inline(payload) => Some(payload),
            PayloadRef::Detached { .. } => stored.body.as_deref().and_then(|body| body.get(DETACHED_SALT..)),
        };
        Ok(Self { entry, payload })
    }
}

/// Why an entry cannot be applied. It parks its stream, or stops the projection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unappliable(pub String);

/// A consumer of the log that builds a read model.
///
/// The runner applies batches, each in a transaction: [`load`](Self::load), then
/// [`apply`](Self::apply) for each entry in order, then [`save`](Self::save). If the
/// transaction fails, it calls [`forget`](Self::forget) and begins again. Rows belong to
/// a version of the projection: a changed meaning of the rows is a higher version, which
/// is built beside the old one and swapped in when it has caught up.
#[async_trait]
pub trait Projection: Send + Sync + 'static {
    /// Its name, for ever.
    fn name(&self) -> &'static str;

    /// The version of what it makes of entries, from 1.
    fn version(&self) -> u32;

    /// Whether an entry that cannot be applied stops the projection instead of parking
    /// the entry's stream: for sums that would be wrong without it.
    fn stops_on_error(&self) -> bool {
        false
    }

    /// Reads the rows of `version` that applying these entries needs.
    async fn load(&mut self, rows: &mut Transaction, version: u32, items: &[Item<'_>]) -> Result<(), ReadError>;

    /// Applies an entry in memory, whole or not at all.
    fn apply(&mut self, item: &Item<'_>) -> Result<(), Unappliable>;

    /// Writes what changed since the last time as rows of `version`.
    async fn save(&mut self, rows: &mut Transaction, version: u32) -> Result<(), ReadError>;

    /// Drops everything held in memory: it may not be what the rows say.
    fn forget(&mut self);

    /// Removes at most so many rows of a version that nobody reads any more, and says
    /// how many there were.
    async fn discard(&self, rows: &mut Transaction, version: u32, most: u32) -> Result<u64, ReadError>;
}
