//! The batch that is being gathered: appends are judged, and chained one to the other.

use std::sync::Arc;

use super::admit::admit;
use super::memory::Memory;
use super::overlay::{ClaimNow, Overlay, View};
use super::own::{OwnAppend, OwnRequest};
use super::prepare::{Prepared, PreparedPayload, PreparedStream};
use super::queue::Waiting;
use crate::append::{AppendError, Appended};
use crate::entry::{ActorRef, AppendRef, ClaimRef, CommandRef, DecisionRef, Entry, Few, GuardRef, StreamRef};
use crate::hash::Hash;
use crate::store::{Batch, FoundCommand, HeadRow, Row, StreamEnd, half};
use crate::tree::Head;

/// Somebody waiting, whose entries are in the batch if it is committed.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "nearly all are appends, and each is moved a few times only")]
pub(super) enum Item {
    /// A caller's append.
    Append(Waiting),
    /// A request to the log itself.
    Own(OwnRequest),
}

impl Item {
    /// Answers that it was not written.
    pub(super) fn refuse(self, error: AppendError) {
        match self {
            Self::Append(waiting) => waiting.answer(Err(error)),
            Self::Own(request) => request.answer(Err(error)),
        }
    }
}

/// A batch in the making, and who waits for it.
#[derive(Debug)]
pub(super) struct Gathered {
    /// The head that it goes on from.
    before: HeadRow,
    pub overlay: Overlay,
    rows: Vec<Row>,
    blobs: Vec<(Hash, Arc<[u8]>)>,
    bodies: Vec<(Hash, Arc<[u8]>)>,
    erased: Vec<Hash>,
    pub bytes: usize,
    pub accepted: Vec<(Item, Appended)>,
    /// Refusals hold only as of the head that the batch goes on from: they are answered
    /// when that is known to be the head.
    pub refused: Vec<(Item, AppendError)>,
}

impl Gathered {
    /// Goes on from what is being committed, or from what is. About as many appends are
    /// expected as the batch before had.
    pub(super) fn on(memory: &Memory, in_flight: Option<&Overlay>) -> Self {
        let appends = in_flight.map_or(0, |overlay| overlay.commands.len());
        let (head, tree) = match in_flight {
            Some(overlay) => (HeadRow { fence: memory.head.fence, ..overlay.head.clone() }, overlay.tree.clone()),
            None => (memory.head.clone(), memory.tree.clone()),
        };
        Self {
            before: head.clone(),
            overlay: Overlay::on(head, tree, appends),
            rows: Vec::with_capacity(appends),
            blobs: Vec::new(),
            bodies: Vec::new(),
            erased: Vec::new(),
            bytes: 0,
            accepted: Vec::with_capacity(appends),
            refused: Vec::new(),
        }
    }

    /// Number of entries.
    pub(super) fn entries(&self) -> usize {
        self.rows.len()
    }

    /// Whether nobody waits for it.
    pub(super) fn is_empty(&self) -> bool {
        self.accepted.is_empty() && self.refused.is_empty()
    }

    /// All who wait, to be judged again.
    pub(super) fn into_items(self) -> Vec<Item> {
        let accepted = self.accepted.into_iter().map(|(item, _)| item);
        accepted.chain(self.refused.into_iter().map(|(item, _)| item)).collect()
    }

    /// Judges a caller's append, and takes it in if it may follow.
    pub(super) fn judge(
        &mut self,
        append: &Prepared,
        memory: &Memory,
        in_flight: Option<&Overlay>,
        now: u64,
    ) -> Result<Appended, AppendError> {
        admit(append, View { memory, in_flight, gathered: Some(&self.overlay) })?;
        Ok(self.chain(append, memory, in_flight, now))
    }

    /// Takes in an append of the log itself, which begins a batch.
    pub(super) fn take_own(&mut self, own: OwnAppend, memory: &Memory, now: u64) -> Appended {
        let appended = self.chain(&own.append, memory, None, now);
        self.overlay.declarations.extend(appended.positions.clone().zip(own.declarations));
        self.erased.extend(own.erased);
        appended
    }

    /// Chains the entries of an append, which may follow.
    fn chain(&mut self, append: &Prepared, memory: &Memory, in_flight: Option<&Overlay>, now: u64) -> Appended {
        self.overlay.head.recorded_at = self.overlay.head.recorded_at.max(now);
        let first = self.overlay.head.position + 1;
        let mut index = 0;
        for stream in &append.streams {
            for number in 0..stream.events.len() {
                self.chain_entry(append, stream, number, index, memory, in_flight);
                index += 1;
            }
            let end = StreamEnd { version: stream.expected + stream.events.len() as u64, owner: stream.owner };
            self.overlay.streams.insert(stream.stream.clone(), end);
        }
        let appended =
            Appended { positions: first..=self.overlay.head.position, recorded_at: self.overlay.head.recorded_at };
        self.note_command(append, &appended);
        self.note_claims(append, memory, in_flight);
        self.overlay.blobs.extend(append.blobs.iter().map(|(digest, _)| *digest));
        self.blobs.extend(append.blobs.iter().cloned());
        self.bytes += append.cost;
        appended
    }

    fn chain_entry(
        &mut self,
        append: &Prepared,
        stream: &PreparedStream,
        number: usize,
        index: u64,
        memory: &Memory,
        in_flight: Option<&Overlay>,
    ) {
        let view = View { memory, in_flight, gathered: Some(&self.overlay) };
        let before = view.owner_head(stream.owner).unwrap_or(Head { owner_sequence: 0, hash: Hash::ZERO });
        let entry = entry(append, stream, number, index, &self.overlay.head, before);
        let bytes: Arc<[u8]> = entry.encode().into();
        let hash = Hash::of_entry(&bytes);
        let row = row(&entry, append, stream, number, &bytes);
        self.overlay.tree.push_leaf(&bytes);
        self.overlay.owners.insert(stream.owner, Head { owner_sequence: row.owner_sequence, hash });
        self.overlay.head.position = row.position;
        self.overlay.head.hash = hash;
        self.rows.push(row);
        if let PreparedPayload::Detached { digest, body } = &stream.events[number].payload {
            self.bodies.push((*digest, Arc::clone(body)));
        }
    }

    fn note_command(&mut self, append: &Prepared, appended: &Appended) {
        let found = FoundCommand {
            command_id: append.command_id,
            positions: appended.positions.clone(),
            recorded_at: appended.recorded_at,
            idempotency: append.metadata.idempotency,
            request: append.metadata.request,
        };
        self.overlay.commands.insert(append.command_id, found);
        if let Some(hash) = append.metadata.idempotency {
            self.overlay.idempotency.insert(hash, append.command_id);
        }
    }

    fn note_claims(&mut self, append: &Prepared, memory: &Memory, in_flight: Option<&Overlay>) {
        for claim in &append.claims {
            let key = (claim.scope.clone(), claim.name);
            let holder = claim.takes.then(|| append.streams[0].stream.clone());
            let held_before = match self.overlay.claims.get(&key) {
                Some(now) => now.held_before,
                None => {
                    let view = View { memory, in_flight, gathered: Some(&self.overlay) };
                    view.claim(&key).flatten().is_some()
                }
            };
            self.overlay.claims.insert(key, ClaimNow { holder, held_before });
        }
    }

    /// What the store is to write. The clock is the process's at the moment of writing.
    pub(super) fn batch(&mut self, clock: u64) -> Batch {
        self.overlay.head.frontier = self.overlay.tree.peaks().to_vec();
        Batch {
            before: self.before.clone(),
            after: self.overlay.head.clone(),
            clock,
            rows: std::mem::take(&mut self.rows),
            claims: self.overlay.claim_writes(),
            blobs: std::mem::take(&mut self.blobs),
            bodies: std::mem::take(&mut self.bodies),
            erased: std::mem::take(&mut self.erased),
        }
    }
}

fn entry<'e>(
    append: &'e Prepared,
    stream: &'e PreparedStream,
    number: usize,
    index: u64,
    head: &HeadRow,
    before: Head,
) -> Entry<'e> {
    let event = &stream.events[number];
    let metadata = &append.metadata;
    let is_first = index == 0;
    Entry {
        position: head.position + 1,
        recorded_at: head.recorded_at,
        owner: stream.owner,
        owner_sequence: before.owner_sequence + 1,
        owner_prev: before.hash,
        stream: StreamRef { kind: &stream.stream.kind, id: stream.stream.id },
        version: stream.expected + 1 + number as u64,
        event: &event.event,
        schema: event.schema,
        append: AppendRef { command_id: append.command_id, index, count: append.entries as u64 },
        command: CommandRef {
            name: &metadata.command,
            idempotency: metadata.idempotency.filter(|_| is_first),
            request: metadata.request.filter(|_| is_first),
        },
        actor: ActorRef {
            kind: &metadata.actor.kind,
            id: metadata.actor.id,
            token: metadata.actor.token,
            on_behalf_of: metadata.actor.on_behalf_of.as_ref().map(|s| StreamRef { kind: &s.kind, id: s.id }),
        },
        decision: metadata.decision.as_ref().map(|decision| DecisionRef {
            rule_set: decision.rule_set,
            rules: decision.rules.iter().map(String::as_str).collect(),
        }),
        trace: metadata.trace,
        cause: metadata.cause,
        guards: if is_first { append.guards.iter().map(guard).collect() } else { Few::new() },
        claims: if is_first {
            append.claims.iter().map(|c| ClaimRef { scope: &c.scope, name: c.name, takes: c.takes }).collect()
        } else {
            Vec::new()
        },
        payload: event.payload.as_ref(),
        prev: head.hash,
    }
}

fn guard(guard: &crate::append::Guard) -> GuardRef<'_> {
    GuardRef { stream: StreamRef { kind: &guard.stream.kind, id: guard.stream.id }, version: guard.version }
}

/// The entry's columns, without copying the names that are compiled in.
fn row(entry: &Entry<'_>, append: &Prepared, stream: &PreparedStream, number: usize, bytes: &Arc<[u8]>) -> Row {
    let event = &stream.events[number];
    Row {
        bytes: Arc::clone(bytes),
        position: entry.position,
        recorded_at: entry.recorded_at,
        owner: entry.owner,
        owner_sequence: entry.owner_sequence,
        stream: stream.stream.clone(),
        version: entry.version,
        event: event.event.clone(),
        command_id: append.command_id,
        append_index: entry.append.index,
        append_count: entry.append.count,
        idempotency: entry.command.idempotency.as_ref().map(half),
        body: match &event.payload {
            PreparedPayload::Inline(_) => None,
            PreparedPayload::Detached { digest, .. } => Some(*digest),
        },
    }
}
