//! What must be asked of the store before appends can be judged.
//!
//! Command ids, idempotency hashes and new streams are not asked about: they are nearly
//! always new, and the store's unique indexes refuse the batch if one is not. Only then
//! is everything looked up.

use rustc_hash::FxHashSet;

use super::memory::Memory;
use super::overlay::{Overlay, View};
use super::prepare::Prepared;
use crate::append::StreamId;
use crate::declaration::LOG_KIND;
use crate::hash::Hash;
use crate::state::blob_digests;
use crate::store::{ClaimKey, Wanted};

/// How much to trust in what is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LookUp {
    /// Leave it to the unique indexes.
    WhatIsNeeded,
    /// A unique index has refused: ask about all.
    Everything,
}

/// What must be asked about appends, given what is remembered.
pub(super) fn wanted<'p>(
    appends: impl Iterator<Item = &'p Prepared>,
    memory: &mut Memory,
    in_flight: Option<&Overlay>,
    gathered: Option<&Overlay>,
    look_up: LookUp,
) -> Wanted {
    let mut asking = Asking {
        look_up,
        seen_streams: FxHashSet::default(),
        seen_claims: FxHashSet::default(),
        wanted: Wanted::default(),
    };
    for append in appends {
        touch(append, memory);
        asking.about(append, View { memory, in_flight, gathered });
    }
    asking.wanted
}

/// Keeps what is used from being forgotten.
fn touch(append: &Prepared, memory: &mut Memory) {
    for stream in append.streams.iter().map(|stream| &stream.stream).chain(append.guards.iter().map(|g| &g.stream)) {
        memory.streams.touch(stream);
    }
}

struct Asking {
    look_up: LookUp,
    seen_streams: FxHashSet<StreamId>,
    seen_claims: FxHashSet<ClaimKey>,
    wanted: Wanted,
}

impl Asking {
    fn about(&mut self, append: &Prepared, view: View<'_>) {
        for stream in &append.streams {
            if stream.expected > 0 || self.look_up == LookUp::Everything {
                self.stream(&stream.stream, view);
            }
        }
        for guard in &append.guards {
            self.stream(&guard.stream, view);
        }
        for claim in &append.claims {
            let key = (claim.scope.clone(), claim.name);
            if view.claim(&key).is_none() && self.seen_claims.insert(key.clone()) {
                self.wanted.claims.push(key);
            }
        }
        self.wanted.blobs.extend(named_blobs(append, view.memory).filter(|digest| {
            let is_brought = append.blobs.iter().any(|(brought, _)| brought == digest);
            !is_brought && !view.has_blob(digest)
        }));
        if self.look_up == LookUp::Everything {
            self.wanted.commands.push(append.command_id);
            self.wanted.idempotency.extend(append.metadata.idempotency);
        }
    }

    fn stream(&mut self, stream: &StreamId, view: View<'_>) {
        let unknown = stream.kind != LOG_KIND && view.stream(stream).is_none();
        if unknown && self.seen_streams.insert(stream.clone()) {
            self.wanted.streams.push(stream.clone());
        }
    }
}

/// Digests in the payload fields that are declared to hold them. A field that holds
/// something else names none here; admission refuses it.
fn named_blobs<'a>(append: &'a Prepared, memory: &'a Memory) -> impl Iterator<Item = Hash> + 'a {
    append.streams.iter().flat_map(|stream| &stream.events).flat_map(|event| {
        let fields = memory.declared.schema(&event.event, event.schema).map_or(&[][..], |schema| &schema.blobs);
        if fields.is_empty() { Vec::new() } else { blob_digests(event.payload.fields(), fields).unwrap_or_default() }
    })
}
