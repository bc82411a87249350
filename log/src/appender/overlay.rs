//! What a batch changes, laid over the committed log until it is committed itself; and
//! the view through the layers.

use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use uuid::Uuid;

use super::memory::Memory;
use crate::append::StreamId;
use crate::declaration::Declaration;
use crate::entry::Owner;
use crate::hash::Hash;
use crate::store::{ClaimKey, ClaimWrite, FoundCommand, HeadRow, HeldClaim, StreamEnd};
use crate::tree::{Frontier, Head};

/// The state of a claim after a batch.
#[derive(Debug, Clone)]
pub(super) struct ClaimNow {
    pub holder: Option<StreamId>,
    /// Whether it was held before the batch.
    pub held_before: bool,
}

/// What a batch changes.
#[derive(Debug)]
pub(super) struct Overlay {
    pub head: HeadRow,
    pub tree: Frontier,
    pub owners: FxHashMap<Owner, Head>,
    pub streams: FxHashMap<StreamId, StreamEnd>,
    pub claims: FxHashMap<ClaimKey, ClaimNow>,
    pub commands: FxHashMap<Uuid, FoundCommand>,
    pub idempotency: FxHashMap<Hash, Uuid>,
    pub blobs: FxHashSet<Hash>,
    pub declarations: Vec<(u64, Declaration)>,
}

impl Overlay {
    /// Nothing changed yet. Room is made for so many appends: growing costs more than the
    /// room.
    pub(super) fn on(head: HeadRow, tree: Frontier, appends: usize) -> Self {
        Self {
            head,
            tree,
            owners: FxHashMap::with_capacity_and_hasher(appends, FxBuildHasher),
            streams: FxHashMap::with_capacity_and_hasher(appends, FxBuildHasher),
            claims: FxHashMap::default(),
            commands: FxHashMap::with_capacity_and_hasher(appends, FxBuildHasher),
            idempotency: FxHashMap::with_capacity_and_hasher(appends, FxBuildHasher),
            blobs: FxHashSet::default(),
            declarations: Vec::new(),
        }
    }

    /// The change of each claim, all appends of the batch taken together.
    pub(super) fn claim_writes(&self) -> Vec<ClaimWrite> {
        let change = |((scope, name), now): (&ClaimKey, &ClaimNow)| {
            let held = |holder: &StreamId| HeldClaim { scope: scope.clone(), name: *name, holder: holder.clone() };
            match (&now.holder, now.held_before) {
                (Some(holder), false) => Some(ClaimWrite::Insert(held(holder))),
                (Some(holder), true) => Some(ClaimWrite::Move(held(holder))),
                (None, true) => Some(ClaimWrite::Delete { scope: scope.clone(), name: *name }),
                (None, false) => None,
            }
        };
        self.claims.iter().filter_map(change).collect()
    }
}

/// The log as the next append finds it: what is being gathered, over what is being
/// committed, over what is committed.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    pub memory: &'a Memory,
    pub in_flight: Option<&'a Overlay>,
    pub gathered: Option<&'a Overlay>,
}

impl<'a> View<'a> {
    fn layers(self) -> impl Iterator<Item = &'a Overlay> {
        self.gathered.into_iter().chain(self.in_flight)
    }

    /// Position of the last entry.
    pub(super) fn position(self) -> u64 {
        self.layers().next().map_or(self.memory.head.position, |layer| layer.head.position)
    }

    /// Where a stream ends; the outer `None`: not known.
    pub(super) fn stream(self, stream: &StreamId) -> Option<Option<StreamEnd>> {
        let over = self.layers().find_map(|layer| layer.streams.get(stream));
        over.map(|end| Some(*end)).or_else(|| self.memory.streams.peek(stream).copied())
    }

    /// Who holds a name; the outer `None`: not known.
    pub(super) fn claim(self, key: &ClaimKey) -> Option<Option<&'a StreamId>> {
        let over = self.layers().find_map(|layer| layer.claims.get(key));
        over.map(|now| now.holder.as_ref()).or_else(|| self.memory.claims.peek(key).map(Option::as_ref))
    }

    /// A command that is known to be in the log.
    pub(super) fn command(self, id: &Uuid) -> Option<&'a FoundCommand> {
        self.layers().find_map(|layer| layer.commands.get(id)).or_else(|| self.memory.commands.peek(id))
    }

    /// A command with this idempotency hash that is known to be in the log.
    pub(super) fn idempotency(self, hash: &Hash) -> Option<&'a FoundCommand> {
        let over = self.layers().find_map(|layer| layer.commands.get(layer.idempotency.get(hash)?));
        over.or_else(|| self.memory.idempotency.peek(hash))
    }

    /// An owner's last entry.
    pub(super) fn owner_head(self, owner: Owner) -> Option<Head> {
        self.layers().find_map(|layer| layer.owners.get(&owner)).copied().or_else(|| self.memory.owners.head(owner))
    }

    /// Version of the log's own stream.
    pub(super) fn log_version(self) -> u64 {
        let declared: usize = self.layers().map(|layer| layer.declarations.len()).sum();
        self.memory.log_version + declared as u64
    }

    /// Whether a blob is known to be in the log.
    pub(super) fn has_blob(self, digest: &Hash) -> bool {
        self.layers().any(|layer| layer.blobs.contains(digest)) || self.memory.blobs.peek(digest).is_some()
    }
}
