//! The public events: `EVENTS`. Its sequences mean nothing; each message says its position.

mod message;
mod tail;

use std::sync::Arc;

use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::Stream;
use gpuaas_log::Log;
use gpuaas_log::entry::StoredEntry;
use tokio::sync::watch;

use super::error::{MirrorError, nats};
use super::names::EVENTS;
use super::pages::{self, Wanted};
use super::publisher::STANDBY;
use super::raw::{checks, erased_by};
use super::settings::Settings;
use super::status::Status;
use super::streams::Maker;
use crate::feed::{Feed, FeedError};
use message::EventMessage;

/// Events that are under way at once.
const BATCH: usize = 256;
/// Messages looked through at once.
const PAGE: usize = 500;

/// The publisher of public events, and their auditor.
#[derive(Clone)]
pub(super) struct Events {
    log: Log,
    feed: Feed,
    maker: Maker,
    settings: Settings,
    status: Arc<watch::Sender<Status>>,
}

/// How far the stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Tail {
    /// Its last sequence, which the next message expects.
    sequence: u64,
    /// Position of the last event; `None` if there is no message.
    event: Option<u64>,
    /// Position up to which every event is there: what the log says of itself is none.
    position: u64,
}

impl Events {
    pub(super) fn new(
        log: Log,
        feed: Feed,
        maker: Maker,
        settings: Settings,
        status: Arc<watch::Sender<Status>>,
    ) -> Self {
        Self { log, feed, maker, settings, status }
    }

    /// Follows the log.
    pub(super) async fn follow(self) -> Result<(), MirrorError> {
        let mut head = self.log.head();
        let mut checks = checks(&self.settings);
        let mut tail = self.tail().await?;
        self.reached(tail.position);
        loop {
            let page = self.log.news(tail.position, BATCH).await?;
            if !page.is_empty() {
                tail = match self.publish(tail, &page).await? {
                    Some(reached) => reached,
                    None => {
                        tokio::time::sleep(STANDBY).await;
                        self.tail().await?
                    }
                };
                self.reached(tail.position);
                continue;
            }
            tokio::select! {
                changed = head.changed() => if changed.is_err() { return Ok(()) },
                _ = checks.tick() => {
                    let now = self.tail().await?;
                    // Emptied by the limits that an operator set, it goes on from where it was.
                    let is_emptied = now.event.is_none() && now.sequence == tail.sequence;
                    if !is_emptied && (now.sequence, now.event) != (tail.sequence, tail.event) {
                        tail = now;
                        self.reached(tail.position);
                    }
                }
            }
        }
    }

    /// Publishes the events of entries; `None` if somebody else published meanwhile.
    async fn publish(&self, mut tail: Tail, page: &[StoredEntry]) -> Result<Option<Tail>, MirrorError> {
        let mut acks = Vec::with_capacity(page.len());
        let mut expected = tail.sequence;
        for stored in page {
            for position in erased_by(stored)? {
                self.erase(position).await?;
            }
            let Some(message) = self.message(stored).await? else { continue };
            let publish = PublishMessage::build().headers(message.headers).payload(message.payload);
            let publish = publish.expected_last_sequence(expected);
            let ack = self.maker.context.send_publish(message.subject, publish).await.map_err(nats)?;
            acks.push((stored.position, ack));
            expected += 1;
        }
        for (position, ack) in acks {
            match ack.await {
                Ok(ack) if ack.stream == EVENTS && ack.sequence == tail.sequence + 1 => {
                    tail = Tail { sequence: ack.sequence, event: Some(position), position };
                }
                Ok(_) => return Ok(None),
                Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => return Ok(None),
                Err(error) => return Err(nats(error)),
            }
        }
        tail.position = page.last().map_or(tail.position, |last| last.position);
        Ok(Some(tail))
    }

    /// The message of an entry; `None` for what the log says of itself, and for what cannot be
    /// shown: whoever misses it asks the server, and learns why.
    async fn message(&self, stored: &StoredEntry) -> Result<Option<EventMessage>, MirrorError> {
        let event = match self.feed.shown(stored).await {
            Ok(event) => event,
            Err(FeedError::Event(error)) => {
                tracing::error!(position = stored.position, %error, "an entry cannot be shown");
                None
            }
            Err(FeedError::Store(error)) => return Err(error.into()),
        };
        let generation = self.status.borrow().generation;
        event.map(|event| EventMessage::of(&event, stored, self.maker.log, generation)).transpose()
    }

    fn reached(&self, position: u64) {
        self.status.send_modify(|status| status.events_position = position);
    }

    fn found(&self, fault: String) {
        super::raw::found(&self.status, fault);
    }

    async fn stream(&self) -> Result<Stream, MirrorError> {
        self.maker.events().await
    }

    /// Removes the message of an entry whose body was erased, on NATS' disks too.
    async fn erase(&self, position: u64) -> Result<(), MirrorError> {
        let Some(stored) = self.log.entry(position).await? else { return Ok(()) };
        let Some(message) = self.message(&stored).await? else { return Ok(()) };
        let mut wanted = Wanted { from: 1, subject: message.subject, headers_only: true };
        loop {
            let page = pages::page(&self.maker.context, EVENTS, &wanted, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            wanted.from = pages::sequence(last)? + 1;
            for found in &page {
                let said = found.headers.as_ref().and_then(|headers| headers.get(super::names::header::POSITION));
                if said.is_some_and(|said| said.as_str() == position.to_string()) {
                    let sequence = pages::sequence(found)?;
                    self.stream().await?.delete_message(sequence).await.map_err(nats)?;
                }
            }
        }
    }
}
