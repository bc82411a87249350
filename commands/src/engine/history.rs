//! Entries of the log as events, for what is computed from history.

use gpuaas_domain::id::{OrganizationId, TypedId};
use gpuaas_domain::{Aggregate, AnyEvent, Kind};
use gpuaas_log::Log;
use gpuaas_log::entry::StoredEntry;
use gpuaas_log::hash::Hash;
use uuid::Uuid;

use super::states::stream_of;
use super::{Engine, Unit};
use crate::refusal::{Refusal, of_read};

/// How many entries are read at a time.
const PAGE: usize = 500;

/// An event and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Happened {
    /// Its position.
    pub(crate) position: u64,
    /// Its version in its stream.
    pub(crate) version: u64,
    /// Its place among the owner's entries.
    pub(crate) owner_sequence: u64,
    /// The entry's hash.
    pub(crate) hash: Hash,
    /// What happened.
    pub(crate) event: AnyEvent,
}

impl Happened {
    fn read(stored: &StoredEntry) -> Result<Self, Refusal> {
        let entry = stored.entry().map_err(Refusal::internal)?;
        let (version, owner_sequence) = (entry.version, entry.owner_sequence);
        let (position, hash, event) = (stored.position, stored.hash(), event(stored)?);
        Ok(Self { position, version, owner_sequence, hash, event })
    }
}

/// The event that an entry carries.
pub(super) fn event(stored: &StoredEntry) -> Result<AnyEvent, Refusal> {
    let entry = stored.entry().map_err(Refusal::internal)?;
    let kind = Kind::parse(entry.stream.kind).ok_or_else(|| Refusal::internal("unknown kind"))?;
    let payload = stored.payload().map_err(Refusal::internal)?.ok_or_else(|| Refusal::internal("erased payload"))?;
    AnyEvent::deserialize(kind, entry.event, entry.schema, &mut gpuaas_log::payload::deserializer(payload))
        .map_err(Refusal::internal)
}

/// The log, read as events.
#[derive(Clone, Copy)]
pub(crate) struct History<'e>(&'e Log);

impl History<'_> {
    /// What happened at a position that is known to be there.
    pub(crate) async fn at(self, position: u64) -> Result<Happened, Refusal> {
        let stored = self.0.entry(position).await.map_err(of_read)?;
        Happened::read(&stored.ok_or_else(|| Refusal::internal(format!("no entry at {position}")))?)
    }

    /// The organization that the entry at a position belongs to.
    pub(crate) async fn owner(self, position: u64) -> Result<Uuid, Refusal> {
        let stored = self.0.entry(position).await.map_err(of_read)?;
        let stored = stored.ok_or_else(|| Refusal::internal(format!("no entry at {position}")))?;
        let owner = stored.entry().map_err(Refusal::internal)?.owner;
        owner.ok_or_else(|| Refusal::internal(format!("the entry at {position} is the platform's")))
    }

    /// What brought a resource to a version that it is known to have had.
    pub(crate) async fn version_of<A: Aggregate>(self, id: A::Id, version: u64) -> Result<Happened, Refusal> {
        let stream = stream_of::<A>(id);
        let stored = self.0.read_stream(&stream, version.saturating_sub(1), 1).await.map_err(of_read)?;
        let stored = stored.first().ok_or_else(|| Refusal::internal(format!("{stream} has no version {version}")))?;
        Happened::read(stored)
    }

    /// What happened to a resource after a version.
    pub(crate) async fn of<A: Aggregate>(self, id: A::Id, after_version: u64) -> Result<Vec<Happened>, Refusal> {
        let stream = stream_of::<A>(id);
        let mut all = Vec::new();
        loop {
            let after = after_version + all.len() as u64;
            let page = self.0.read_stream(&stream, after, PAGE).await.map_err(of_read)?;
            let last = page.len() < PAGE;
            for stored in &page {
                all.push(Happened::read(stored)?);
            }
            if last {
                return Ok(all);
            }
        }
    }

    /// What happened to resources of these kinds in an organization, after one position up
    /// to another.
    pub(crate) async fn owned(
        self,
        organization: OrganizationId,
        kinds: &[Kind],
        (after, through): (u64, u64),
    ) -> Result<Vec<Happened>, Refusal> {
        let mut sequence = if after == 0 { 0 } else { self.at(after).await?.owner_sequence };
        let mut all = Vec::new();
        loop {
            let page = self.0.read_owner(organization.uuid(), sequence, PAGE).await.map_err(of_read)?;
            let last = page.len() < PAGE;
            sequence += page.len() as u64;
            for stored in &page {
                if stored.position > through {
                    return Ok(all);
                }
                let kind = stored.entry().map_err(Refusal::internal)?.stream.kind;
                if kinds.iter().any(|wanted| wanted.as_str() == kind) {
                    all.push(Happened::read(stored)?);
                }
            }
            if last {
                return Ok(all);
            }
        }
    }
}

impl Engine {
    /// The log, read as events.
    pub(crate) fn history(&self) -> History<'_> {
        History(&self.shared.log)
    }
}

impl<'e> Unit<'e> {
    /// The log, read as events. What a decision rests on needs a guard of its own.
    pub(crate) fn history(&self) -> History<'e> {
        self.engine().history()
    }
}
