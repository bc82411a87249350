//! The repository itself.

use std::collections::BTreeSet;

use cqrs_es::Aggregate;
use cqrs_es::persist::{PersistedEventRepository, PersistenceError, ReplayFeed, ReplayStream};
use cqrs_es::persist::{SerializedEvent, SerializedSnapshot};
use serde_json::Value;
use uuid::Uuid;

use super::declared::Declared;
use super::error::{of_append, of_read};
use super::wrapped::{SCHEMA, Wrapped};
use super::{Refused, names};
use crate::Log;
use crate::append::{Actor, Append, AppendError, Decision, Metadata, NewEvent, StreamAppend, StreamId};
use crate::entry::{Cause, DecodeError, Owner, StoredEntry};
use crate::store::StoreError;

/// Entries read at a time.
const PAGE: usize = 500;
/// Events that wait in a stream for whoever reads it.
const WAITING: usize = 200;
/// How often an append is asked about whose outcome is not known.
const ASKED: usize = 3;

/// Events of cqrs-es aggregates on a log. Clones share what they know of it.
#[derive(Clone)]
pub struct LogEventRepository {
    log: Log,
    owner: Owner,
    actor: Actor,
    decision: Option<Decision>,
    waiting: usize,
    declared: Declared,
}

impl LogEventRepository {
    /// On a log, for the platform, as the actor `system`.
    #[must_use]
    pub fn new(log: Log) -> Self {
        let (actor, declared) = (Actor::system(), Declared::default());
        Self { log, owner: None, actor, decision: None, waiting: WAITING, declared }
    }

    /// For an organization that is in the log: the events are its own, in its exports, and
    /// apart from those of every other owner.
    #[must_use]
    pub fn owned_by(self, organization: Uuid) -> Self {
        Self { owner: Some(organization), ..self }
    }

    /// As another actor. One that is not `system` or `policy` was allowed by access rules,
    /// and the entries say by which.
    #[must_use]
    pub fn acting_as(self, actor: Actor, decision: Option<Decision>) -> Self {
        Self { actor, decision, ..self }
    }

    /// With another number of events that wait in a stream for whoever reads it.
    #[must_use]
    pub fn with_streaming_channel_size(self, waiting: usize) -> Self {
        Self { waiting, ..self }
    }

    async fn after<A: Aggregate>(&self, id: &str, after: u64) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let (stream, mut events, mut version) = (self.stream::<A>(id)?, Vec::new(), after);
        loop {
            let page = self.log.read_stream(&stream, version, PAGE).await.map_err(of_read)?;
            for stored in &page {
                events.extend(Wrapped::read(A::TYPE, stored)?);
            }
            version += page.len() as u64;
            if page.len() < PAGE {
                return Ok(events);
            }
        }
    }

    fn stream<A: Aggregate>(&self, id: &str) -> Result<StreamId, PersistenceError> {
        Ok(StreamId::new(names::kind(A::TYPE)?, names::stream(self.owner, A::TYPE, id)))
    }

    /// The events by instance, each with its name, in their order.
    fn streams<A: Aggregate>(&self, events: &[SerializedEvent]) -> Result<Vec<StreamAppend>, PersistenceError> {
        let kind = names::kind(A::TYPE)?;
        let mut streams: Vec<StreamAppend> = Vec::new();
        for event in events {
            let stream = self.stream::<A>(&event.aggregate_id)?;
            let sequence = event.sequence as u64;
            let place = streams.iter().position(|known| known.stream == stream).unwrap_or(streams.len());
            if place == streams.len() {
                let expected = sequence.checked_sub(1).ok_or(PersistenceError::OptimisticLockError)?;
                streams.push(StreamAppend { stream, owner: self.owner, expected, events: Vec::new() });
            }
            let known = &mut streams[place];
            // One that does not follow the one before would be another's place.
            if sequence != known.expected + known.events.len() as u64 + 1 {
                return Err(PersistenceError::OptimisticLockError);
            }
            let name = names::event(&kind, &event.event_type)?;
            let payload = Wrapped::of(A::TYPE, event)?.encode()?;
            known.events.push(NewEvent { event: name.into(), schema: SCHEMA, payload });
        }
        Ok(streams)
    }

    async fn append(&self, kind: &str, streams: Vec<StreamAppend>) -> Result<(), AppendError> {
        let append = Append {
            command_id: Uuid::from_u128(rand::random::<u128>().max(1)),
            metadata: Metadata {
                command: format!("{kind}.commit").into(),
                idempotency: None,
                request: None,
                actor: self.actor.clone(),
                decision: self.decision.clone(),
                trace: rand::random::<u128>().max(1).to_be_bytes(),
                cause: Cause::None,
            },
            streams,
            guards: Vec::new(),
            claims: Vec::new(),
            blobs: Vec::new(),
        };
        let mut asked = 1;
        loop {
            match self.log.append(append.clone()).await {
                Ok(_) | Err(AppendError::Duplicate { .. }) => return Ok(()),
                // With its id it is written once, however often it is asked for.
                Err(AppendError::Unknown(_)) if asked < ASKED => asked += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Sends what is there by now, in the order of the log.
    async fn send(self, aggregate_type: &'static str, from: Source, mut feed: ReplayFeed) {
        let mut after = 0;
        loop {
            let page = match self.page(&from, after).await {
                Ok(page) => page,
                Err(error) => return drop(feed.push(Err(of_read(error))).await),
            };
            for stored in &page {
                let sent = match self.wanted(&from, aggregate_type, stored) {
                    Ok(None) => Ok(()),
                    Ok(Some(event)) => feed.push(Ok(event)).await,
                    Err(error) => feed.push(Err(error)).await,
                };
                // Nobody reads any more.
                if sent.is_err() {
                    return;
                }
            }
            after += page.len() as u64;
            if page.len() < PAGE {
                return;
            }
        }
    }

    async fn page(&self, from: &Source, after: u64) -> Result<Vec<StoredEntry>, StoreError> {
        match (from, self.owner) {
            (Source::Stream(stream), _) => self.log.read_stream(stream, after, PAGE).await,
            (Source::Kind(_), Some(owner)) => self.log.read_owner(owner, after, PAGE).await,
            (Source::Kind(_), None) => self.log.read(after, PAGE).await,
        }
    }

    fn wanted(
        &self,
        from: &Source,
        aggregate_type: &str,
        stored: &StoredEntry,
    ) -> Result<Option<SerializedEvent>, PersistenceError> {
        if let Source::Kind(kind) = from {
            let foreign =
                |error: DecodeError| Refused::Foreign { position: stored.position, reason: error.to_string() };
            let entry = stored.entry().map_err(foreign)?;
            if entry.stream.kind != *kind || entry.owner != self.owner {
                return Ok(None);
            }
        }
        Wrapped::read(aggregate_type, stored)
    }
}

/// What is sent.
enum Source {
    /// The entries of one stream.
    Stream(StreamId),
    /// All entries of a kind: there is no index for them, so all of the owner's are read, or
    /// of the whole log.
    Kind(String),
}

impl PersistedEventRepository for LogEventRepository {
    async fn get_events<A: Aggregate>(&self, aggregate_id: &str) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.after::<A>(aggregate_id, 0).await
    }

    async fn get_last_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
        last_sequence: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.after::<A>(aggregate_id, last_sequence as u64).await
    }

    async fn get_snapshot<A: Aggregate>(&self, _: &str) -> Result<Option<SerializedSnapshot>, PersistenceError> {
        Err(Refused::Snapshot.into())
    }

    async fn persist<A: Aggregate>(
        &self,
        events: &[SerializedEvent],
        snapshot_update: Option<(String, Value, usize)>,
    ) -> Result<(), PersistenceError> {
        if snapshot_update.is_some() {
            return Err(Refused::Snapshot.into());
        }
        let streams = self.streams::<A>(events)?;
        if streams.is_empty() {
            return Ok(());
        }
        let kind = names::kind(A::TYPE)?;
        let events = streams.iter().flat_map(|stream| &stream.events);
        let events: BTreeSet<String> = events.map(|event| event.event.clone().into_owned()).collect();
        self.declared.ensure(&self.log, &kind, &events).await.map_err(of_append)?;
        self.append(&kind, streams).await.map_err(of_append)
    }

    async fn stream_events<A: Aggregate>(&self, aggregate_id: &str) -> Result<ReplayStream, PersistenceError> {
        let from = Source::Stream(self.stream::<A>(aggregate_id)?);
        let (feed, events) = ReplayStream::new(self.waiting);
        tokio::spawn(self.clone().send(A::TYPE, from, feed));
        Ok(events)
    }

    async fn stream_all_events<A: Aggregate>(&self) -> Result<ReplayStream, PersistenceError> {
        let from = Source::Kind(names::kind(A::TYPE)?);
        let (feed, events) = ReplayStream::new(self.waiting);
        tokio::spawn(self.clone().send(A::TYPE, from, feed));
        Ok(events)
    }
}

impl std::fmt::Debug for LogEventRepository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogEventRepository").field("owner", &self.owner).finish_non_exhaustive()
    }
}
