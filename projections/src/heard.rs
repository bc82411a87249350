//! When nodes were heard last, told between servers: signs of life are no events.
//!
//! Not authority: what is lost of it is heard again.

use std::collections::BTreeMap;

use gpuaas_domain::Timestamp;
use gpuaas_domain::id::{NodeId, TypedId as _};

use crate::store::{ReadError, ReadStore, Statement};

/// Most rows of a statement, a power of two.
const CHUNK: usize = 512;

/// When nodes were heard last.
#[derive(Clone)]
pub struct Heard {
    store: ReadStore,
}

impl Heard {
    /// Those in a database.
    #[must_use]
    pub fn new(store: ReadStore) -> Self {
        Self { store }
    }

    /// Tells what this server heard. What another one heard later stays.
    pub async fn tell(&self, heard: &BTreeMap<NodeId, Timestamp>) -> Result<(), ReadError> {
        let heard: Vec<_> = heard.iter().collect();
        let mut rest = &heard[..];
        while !rest.is_empty() {
            // Powers of two, so that there are few different statements and all stay prepared.
            let (chunk, later) = rest.split_at(CHUNK.min(1 << rest.len().ilog2()));
            let mut upsert = Statement::new("INSERT INTO read_heard (node, heard_at) VALUES ");
            for (index, (node, at)) in chunk.iter().enumerate() {
                upsert.push(if index == 0 { "" } else { ", " }).bind_row([node.uuid().into(), at.0.into()]);
            }
            upsert.push(
                " ON CONFLICT (node) DO UPDATE SET heard_at = excluded.heard_at \
                 WHERE read_heard.heard_at < excluded.heard_at",
            );
            self.store.execute(upsert).await?;
            rest = later;
        }
        Ok(())
    }

    /// When each of these was heard last, as far as any server has told.
    pub async fn of(&self, nodes: &[NodeId]) -> Result<BTreeMap<NodeId, Timestamp>, ReadError> {
        let mut heard = BTreeMap::new();
        for chunk in nodes.chunks(CHUNK) {
            let mut select = Statement::new("SELECT node, heard_at FROM read_heard WHERE node IN ");
            select.bind_list(chunk.iter().map(|node| node.uuid()));
            for row in self.store.rows(select).await? {
                heard.insert(NodeId::from_uuid(row.get(0)?), row.time(1)?);
            }
        }
        Ok(heard)
    }
}
