//! The audit trail: a record for each command that left entries, so that a search by who,
//! what, on what, when or under which correlation id uses an index.
//!
//! A record belongs to one owner: where a command wrote what belongs to several, each owner
//! has a record of its own part, and a search of the whole log shows the first.

mod record;
pub(crate) mod rows;

use std::collections::BTreeMap;

use async_trait::async_trait;
use uuid::Uuid;

pub use record::{Decided, Denied, Event, More, Outcome, Record};

use crate::runner::{Item, Projection, Unappliable};
use crate::store::{ReadError, Transaction};

/// The projection of the audit trail.
#[derive(Default)]
pub struct AuditTrail {
    /// What the batch has changed, by append and owner.
    changed: BTreeMap<(u64, Option<Uuid>), Record>,
}

impl AuditTrail {
    /// The projection's name.
    pub const NAME: &'static str = "audit";
    /// The version of the rows that this program writes.
    pub const VERSION: u32 = 1;
}

#[async_trait]
impl Projection for AuditTrail {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn version(&self) -> u32 {
        Self::VERSION
    }

    /// A batch may begin inside an append.
    async fn load(&mut self, rows: &mut Transaction, version: u32, items: &[Item<'_>]) -> Result<(), ReadError> {
        let Some(first) = items.first().filter(|item| item.entry.append.index > 0) else { return Ok(()) };
        for record in rows::of_append(rows, version, record::first_of(&first.entry)).await? {
            self.changed.insert((record.append, record.owner), record);
        }
        Ok(())
    }

    fn apply(&mut self, item: &Item<'_>) -> Result<(), Unappliable> {
        let key = (record::first_of(&item.entry), item.entry.owner);
        if let Some(known) = self.changed.get_mut(&key) {
            known.add(&item.entry);
            return Ok(());
        }
        let mut begun = Record::begin(item)?;
        begun.add(&item.entry);
        self.changed.insert(key, begun);
        Ok(())
    }

    async fn save(&mut self, rows: &mut Transaction, version: u32) -> Result<(), ReadError> {
        let changed: Vec<Record> = std::mem::take(&mut self.changed).into_values().collect();
        rows::save(rows, version, &changed).await
    }

    fn forget(&mut self) {
        *self = Self::default();
    }

    async fn discard(&self, rows: &mut Transaction, version: u32, most: u32) -> Result<u64, ReadError> {
        rows::discard(rows, version, most).await
    }
}
