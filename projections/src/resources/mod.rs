//! The read model of every aggregate: its folded state, a row for each stream.
//!
//! A kind needs nothing here but its columns: what its rows are found by. What is
//! summed up over many streams is not for this projection.

mod cache;
mod columns;
mod fold;
mod resource;
pub(crate) mod rows;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use gpuaas_domain::Kind;
use gpuaas_log::declaration::LOG_KIND;
use uuid::Uuid;

pub use resource::Resource;

use crate::runner::{Item, Projection, Unappliable};
use crate::store::{ReadError, Transaction};
use cache::Cache;
use columns::Columns;
use fold::Folded;

/// Identifies a row.
type Key = (Kind, Uuid);

/// The projection of resources.
#[derive(Default)]
pub struct Resources {
    cache: Cache<Key, Folded>,
    /// What the database does not have yet: the columns of rows whose rest is cached.
    changed: BTreeMap<Key, Columns>,
}

impl Resources {
    /// The projection's name.
    pub const NAME: &'static str = "resources";
    /// The version of the rows that this program writes. It is raised with every change
    /// of a state's shape, of a kind's columns, and of what its events mean.
    pub const VERSION: u32 = 2;
}

#[async_trait]
impl Projection for Resources {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn version(&self) -> u32 {
        Self::VERSION
    }

    async fn load(&mut self, rows: &mut Transaction, version: u32, items: &[Item<'_>]) -> Result<(), ReadError> {
        let known = items.iter().filter(|item| item.entry.version > 1);
        let keys = known.filter_map(|item| Some((Kind::parse(item.entry.stream.kind)?, item.entry.stream.id)));
        let missing: BTreeSet<Key> = keys.filter(|key| !self.cache.touch(*key)).collect();
        for resource in rows::load(rows, version, &missing).await? {
            self.cache.insert((resource.kind, resource.id), resource.into());
        }
        Ok(())
    }

    fn apply(&mut self, item: &Item<'_>) -> Result<(), Unappliable> {
        let stream = item.entry.stream;
        if stream.kind == LOG_KIND {
            return Ok(());
        }
        let kind = Kind::parse(stream.kind)
            .ok_or_else(|| Unappliable(format!("unknown kind {}: this program is older than the log", stream.kind)))?;
        let key = (kind, stream.id);
        let (folded, columns) = fold::fold(kind, self.cache.get(&key), item)?;
        self.cache.insert(key, folded);
        self.changed.insert(key, columns);
        Ok(())
    }

    async fn save(&mut self, rows: &mut Transaction, version: u32) -> Result<(), ReadError> {
        let changed: Vec<_> = std::mem::take(&mut self.changed).into_iter().collect();
        let folded = |key: &Key| self.cache.get(key).expect("what was applied in this batch is still cached");
        rows::save(rows, version, &changed, folded).await?;
        self.cache.age();
        Ok(())
    }

    fn forget(&mut self) {
        *self = Self::default();
    }

    async fn discard(&self, rows: &mut Transaction, version: u32, most: u32) -> Result<u64, ReadError> {
        rows::discard(rows, version, most).await
    }
}
