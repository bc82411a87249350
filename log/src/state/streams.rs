//! Whose each stream is, and at which version.

use foldhash::HashMap;
use uuid::Uuid;

use super::declared::Kind;
use crate::declaration::{LOG_KIND, ORGANIZATION_CREATED, ORGANIZATION_KIND};
use crate::entry::{Entry, GuardRef, Owner};
use crate::fault::FaultKind;

/// A stream so far; the default is one that is absent.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stream {
    /// Nil is the platform.
    owner: Uuid,
    /// Version of its last entry.
    pub(super) version: u64,
}

#[derive(Debug, Default)]
pub(super) struct Streams {
    streams: HashMap<(u32, Uuid), Stream>,
}

impl Streams {
    /// Checks that the entry's owner may own its stream, and answers the stream. A kind
    /// that was not declared has no streams and no rule.
    pub(super) fn check_owner(&self, entry: &Entry<'_>, kind: Option<Kind>, log_id: Uuid) -> Result<Stream, FaultKind> {
        let stream = kind.map(|kind| self.get(kind, entry.stream.id)).unwrap_or_default();
        let allowed = begins_its_owner(entry)
            && match (kind, stream.version) {
                (None, _) => true,
                (Some(kind), 0) => kind.owner.allows(entry.owner) && is_owned_as_its_kind_asks(entry, log_id),
                (Some(_), _) => stream.owner == entry.owner.unwrap_or_default(),
            };
        if allowed { Ok(stream) } else { Err(FaultKind::StreamOwner) }
    }

    /// Checks that a guarded stream is at the version that the decision saw.
    pub(super) fn check_guard(&self, guard: &GuardRef<'_>, kind: Option<Kind>) -> Result<(), FaultKind> {
        let version = kind.map_or(0, |kind| self.get(kind, guard.stream.id).version);
        if version == guard.version { Ok(()) } else { Err(FaultKind::Guard) }
    }

    /// Makes the entry the stream's last.
    pub(super) fn advance(&mut self, entry: &Entry<'_>, kind: Kind) {
        let stream = Stream { owner: entry.owner.unwrap_or_default(), version: entry.version };
        self.streams.insert((kind.id, entry.stream.id), stream);
    }

    fn get(&self, kind: Kind, id: Uuid) -> Stream {
        self.streams.get(&(kind.id, id)).copied().unwrap_or_default()
    }
}

/// An organization's first entry is `organization.created` on its own stream.
fn begins_its_owner(entry: &Entry<'_>) -> bool {
    match entry.owner {
        Some(owner) if entry.owner_sequence == 1 => {
            entry.event == ORGANIZATION_CREATED && entry.stream.kind == ORGANIZATION_KIND && entry.stream.id == owner
        }
        Some(_) | None => true,
    }
}

/// An organization owns its own stream, and the log has one.
fn is_owned_as_its_kind_asks(entry: &Entry<'_>, log_id: Uuid) -> bool {
    let owner: Owner = entry.owner;
    match entry.stream.kind {
        ORGANIZATION_KIND => owner == Some(entry.stream.id),
        LOG_KIND => entry.stream.id == log_id,
        _ => true,
    }
}
