//! What happens in the log.

use std::io::{self, Write};

use gpuaas_log::encoding::Writer;
use gpuaas_log::entry::StreamRef;
use gpuaas_log::export::WholeWriter;
use rand::Rng;
use rand::rngs::StdRng;
use uuid::Uuid;

use super::chain::{Chain, Command, New};

/// The events that happen.
pub(super) const EVENTS: [&str; 4] =
    ["organization.created", "allocation.requested", "allocation.changed", "node.slots_changed"];

/// Nodes of the platform.
const NODES: usize = 200;
/// An allocation's appends, on average.
const APPENDS_OF_ALLOCATION: u32 = 5;

/// The organizations and what they have.
pub(super) struct Organizations {
    random: StdRng,
    organizations: Vec<Organization>,
    nodes: Vec<Uuid>,
}

struct Organization {
    id: Uuid,
    actor: Uuid,
    /// The latest.
    allocation: Uuid,
}

impl Organizations {
    pub(super) fn new(count: usize, mut random: StdRng) -> Self {
        let mut id = || uuid::Builder::from_random_bytes(random.random()).into_uuid();
        let nodes = (0..NODES).map(|_| id()).collect();
        let organizations = (0..count).map(|_| Organization { id: id(), actor: id(), allocation: id() }).collect();
        Self { random, organizations, nodes }
    }

    /// Creates all of them.
    pub(super) fn create(&mut self, chain: &mut Chain, export: &mut WholeWriter<impl Write>) -> io::Result<()> {
        for organization in &self.organizations {
            let stream = StreamRef { kind: "organization", id: organization.id };
            let payload = payload("Some organization");
            let created = New { owner: Some(organization.id), stream, event: EVENTS[0], payload: &payload };
            let command = Command { name: "organization.create", actor: organization.actor, guards: Vec::new() };
            chain.append(export, &command, &[created])?;
        }
        Ok(())
    }

    /// Appends an entry of one of them, and what it means for a node. A new allocation
    /// is placed at once, which makes three entries.
    pub(super) fn append(
        &mut self,
        chain: &mut Chain,
        export: &mut WholeWriter<impl Write>,
        room: u64,
    ) -> io::Result<()> {
        let node = StreamRef { kind: "node", id: self.nodes[self.random.random_range(0..self.nodes.len())] };
        let chosen = self.random.random_range(0..self.organizations.len());
        let organization = &mut self.organizations[chosen];
        let is_new = self.random.random_ratio(1, APPENDS_OF_ALLOCATION);
        if is_new {
            organization.allocation = uuid::Builder::from_random_bytes(self.random.random()).into_uuid();
        }
        let (own, of_node) = (payload("a part of a node"), payload("slots"));
        let stream = StreamRef { kind: "allocation", id: organization.allocation };
        let entry = |event| New { owner: Some(organization.id), stream, event, payload: &own };
        let changed = || New { owner: None, stream: node, event: EVENTS[3], payload: &of_node };
        let entries = if is_new {
            vec![entry(EVENTS[1]), entry(EVENTS[2]), changed()]
        } else {
            vec![entry(EVENTS[2]), changed()]
        };
        let guards = vec![StreamRef { kind: "organization", id: organization.id }, node];
        let command = Command { name: "allocation.change", actor: organization.actor, guards };
        let count = entries.len().min(usize::try_from(room).unwrap_or(usize::MAX));
        chain.append(export, &command, &entries[..count])
    }
}

/// A payload of a few fields.
fn payload(text: &str) -> Vec<u8> {
    let mut w = Writer::with_capacity(96);
    w.map(3);
    w.str("gpu_count");
    w.uint(2);
    w.str("note");
    w.str(text);
    w.str("until");
    w.uint(1_795_000_060_000_000);
    w.into_bytes()
}
