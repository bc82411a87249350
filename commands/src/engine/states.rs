//! Folded states, cached by stream and version.

use std::sync::Arc;

use gpuaas_domain::id::TypedId;
use gpuaas_domain::{Aggregate, AnyState, Kind};
use gpuaas_log::Log;
use gpuaas_log::append::StreamId;
use gpuaas_log::entry::StoredEntry;

use crate::refusal::Refusal;

/// How many streams are kept folded.
const CAPACITY: u64 = 100_000;
/// How many entries of a stream are read at a time.
const PAGE: usize = 1_000;

/// The stream of a resource.
pub(super) fn stream_of<A: Aggregate>(id: A::Id) -> StreamId {
    StreamId::new(A::KIND, id.uuid())
}

/// Whether a cached state is good enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Freshness {
    /// It may be behind by entries that have not been followed yet.
    Cached,
    /// It is read on from the log first.
    Fresh,
}

/// A stream's state at a version.
#[derive(Debug, Clone)]
pub(super) struct Folded {
    pub(super) version: u64,
    pub(super) state: AnyState,
}

impl Folded {
    pub(super) fn typed<A: Aggregate + TryFrom<AnyState>>(&self) -> Result<A, Refusal> {
        A::try_from(self.state.clone()).map_err(|_| Refusal::internal(format!("a state is not of kind {}", A::KIND)))
    }
}

/// The cache. Appends depend on versions, so a stale state costs a retry and no more.
pub(super) struct States {
    log: Log,
    cache: moka::sync::Cache<StreamId, Arc<Folded>>,
}

impl States {
    pub(super) fn new(log: Log) -> Self {
        Self { log, cache: moka::sync::Cache::new(CAPACITY) }
    }

    pub(super) async fn get(&self, stream: &StreamId, freshness: Freshness) -> Result<Arc<Folded>, Refusal> {
        let cached = self.cache.get(stream);
        if let (Some(folded), Freshness::Cached) = (&cached, freshness) {
            return Ok(folded.clone());
        }
        let from = match cached {
            Some(folded) => folded,
            None => Arc::new(absent(stream)?),
        };
        let folded = self.fold(stream, from, u64::MAX).await?;
        self.put(stream, folded.clone());
        Ok(folded)
    }

    /// What is kept of a stream.
    pub(super) fn known(&self, stream: &StreamId) -> Option<Arc<Folded>> {
        self.cache.get(stream)
    }

    /// The state at a version, read from the log.
    pub(super) async fn at(&self, stream: &StreamId, version: u64) -> Result<Arc<Folded>, Refusal> {
        self.fold(stream, Arc::new(absent(stream)?), version).await
    }

    /// Keeps a state, unless a newer one is kept.
    pub(super) fn put(&self, stream: &StreamId, folded: Arc<Folded>) {
        self.cache.entry_by_ref(stream).and_upsert_with(|kept| match kept {
            Some(kept) if kept.value().version >= folded.version => kept.into_value(),
            _ => folded.clone(),
        });
    }

    /// Forgets a state that led to a conflict.
    pub(super) fn forget(&self, stream: &StreamId) {
        self.cache.invalidate(stream);
    }

    /// Applies an entry that was followed, if the stream is kept.
    pub(super) fn follow(&self, stream: &StreamId, version: u64, stored: &StoredEntry) {
        let Some(kept) = self.cache.get(stream) else { return };
        if kept.version >= version {
            return;
        }
        match evolve(&kept, version, stored) {
            Ok(folded) => self.put(stream, Arc::new(folded)),
            Err(_) => self.forget(stream),
        }
    }

    async fn fold(&self, stream: &StreamId, from: Arc<Folded>, until: u64) -> Result<Arc<Folded>, Refusal> {
        let mut folded = from;
        loop {
            let page = self.log.read_stream(stream, folded.version, PAGE).await.map_err(crate::refusal::of_read)?;
            let last = page.len() < PAGE;
            for stored in &page {
                if folded.version >= until {
                    return Ok(folded);
                }
                folded = Arc::new(evolve(&folded, folded.version + 1, stored)?);
            }
            if last {
                return Ok(folded);
            }
        }
    }
}

/// A stream before its first entry.
pub(super) fn absent(stream: &StreamId) -> Result<Folded, Refusal> {
    Ok(Folded { version: 0, state: AnyState::absent(kind_of(stream)?) })
}

fn kind_of(stream: &StreamId) -> Result<Kind, Refusal> {
    Kind::parse(&stream.kind).ok_or_else(|| Refusal::internal(format!("unknown kind {}", stream.kind)))
}

/// The state after one more entry; an error if the entry is not the next one or unknown.
pub(super) fn evolve(folded: &Folded, version: u64, stored: &StoredEntry) -> Result<Folded, Refusal> {
    let entry = stored.entry().map_err(Refusal::internal)?;
    if entry.version != version || folded.version + 1 != version {
        return Err(Refusal::internal(format!("version {} where {version} was expected", entry.version)));
    }
    let event = super::history::event(stored)?;
    let state = folded.state.clone().evolve(&event).ok_or_else(|| Refusal::internal("an event of another kind"))?;
    Ok(Folded { version, state })
}
