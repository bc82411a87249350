//! The streams themselves: what there is, and how one is made.

use std::collections::HashMap;

use async_nats::jetstream::Context;
use async_nats::jetstream::stream::{Config, Info, Stream};
use futures::TryStreamExt as _;
use uuid::Uuid;

use super::error::{MirrorError, nats};
use super::lineage::{Generation, Lineage};
use super::names::{self, BLOBS, BLOBS_SUBJECTS, EVENTS, EVENTS_SUBJECTS, FIRST, OF_LOG};

/// What there is of a log's raw entries.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The log, if there is one.
    pub(super) log: Option<Uuid>,
    /// The generations of it.
    pub(super) lineage: Lineage,
    /// The highest number in use, whoever made the stream.
    pub(super) highest: u64,
}

/// Looks for generations of a log; of any log, but of one only, if none is named.
pub(super) async fn find(context: &Context, wanted: Option<Uuid>) -> Result<Found, MirrorError> {
    let mut found = Found { log: wanted, ..Found::default() };
    let mut generations = Vec::new();
    // Names come from those who know which streams there should be; a list of what answers
    // would leave out a stream whose servers are away.
    let mut listed = context.stream_names();
    while let Some(name) = listed.try_next().await.map_err(nats)? {
        let Some(number) = names::generation(&name) else { continue };
        found.highest = found.highest.max(number);
        let info = context.get_stream(&name).await.map_err(nats)?.cached_info().clone();
        // A stream without our marks was made by somebody else: it counts for the numbers only.
        let Some((log, first)) = marks(&info) else { continue };
        if *found.log.get_or_insert(log) != log {
            return Err(MirrorError::Foreign { stream: info.config.name, log: log.simple().to_string() });
        }
        // Whoever purged the stream moved its first sequence.
        let last = info.state.last_sequence;
        generations.push(Generation { number, first, last, messages: info.state.messages });
    }
    found.lineage = Lineage::of(generations);
    Ok(found)
}

/// The log and the first position, if the stream is one of ours.
fn marks(info: &Info) -> Option<(Uuid, u64)> {
    let mark = |name| info.config.metadata.get(name);
    let (log, first) = (mark(OF_LOG)?.parse().ok()?, mark(FIRST)?.parse().ok()?);
    (first > 0 && info.state.last_sequence + 1 >= first).then_some((log, first))
}

/// What makes a stream, and what all of them have in common.
#[derive(Debug, Clone)]
pub(super) struct Maker {
    pub(super) context: Context,
    pub(super) log: Uuid,
    pub(super) replicas: usize,
}

impl Maker {
    fn config(&self, name: String, subjects: String) -> Config {
        let metadata = HashMap::from([(OF_LOG.to_owned(), self.log.simple().to_string())]);
        Config { name, subjects: vec![subjects], num_replicas: self.replicas, metadata, ..Config::default() }
    }

    /// Begins a generation. Making it again is no fault: another server may have been quicker.
    pub(super) async fn generation(&self, number: u64, first: u64) -> Result<(), MirrorError> {
        let mut config = self.config(names::log_stream(number), names::log_subject(number));
        config.metadata.insert(FIRST.to_owned(), first.to_string());
        config.first_sequence = Some(first);
        // Entries are never erased: whoever deletes one has erred.
        config.deny_delete = true;
        config.deny_purge = true;
        self.context.create_stream(config).await.map_err(nats).map(drop)
    }

    /// The stream of public events, made if it is not there. Its limits are the operator's.
    pub(super) async fn events(&self) -> Result<Stream, MirrorError> {
        let config = self.config(EVENTS.to_owned(), EVENTS_SUBJECTS.to_owned());
        self.found_or_made(config).await
    }

    /// The stream of what lies beside the entries, made if it is not there.
    pub(super) async fn blobs(&self) -> Result<Stream, MirrorError> {
        let config = self.config(BLOBS.to_owned(), BLOBS_SUBJECTS.to_owned());
        self.found_or_made(Config { max_messages_per_subject: 1, ..config }).await
    }

    async fn found_or_made(&self, config: Config) -> Result<Stream, MirrorError> {
        let stream = self.context.get_or_create_stream(config).await.map_err(nats)?;
        let info = stream.cached_info();
        let ours = self.log.simple().to_string();
        match info.config.metadata.get(OF_LOG) {
            Some(log) if *log == ours => Ok(stream),
            log => {
                let log = log.map_or("nobody that says so", String::as_str).to_owned();
                Err(MirrorError::Foreign { stream: info.config.name.clone(), log })
            }
        }
    }
}
