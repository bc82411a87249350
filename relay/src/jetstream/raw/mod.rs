//! The raw entries: `LOG_<generation>`, whose sequence is the position.

mod beside;
mod place;

use std::sync::Arc;

use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::PublishMessage;
use bytes::Bytes;
use gpuaas_log::Log;
use gpuaas_log::entry::StoredEntry;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{Interval, MissedTickBehavior};

use super::error::{MirrorError, nats};
use super::names;
use super::publisher::STANDBY;
use super::settings::Settings;
use super::status::Status;
use super::streams::Maker;
use beside::Beside;
pub(super) use beside::{blob_fields, body_of, erased_by};

/// Entries that are under way at once.
const BATCH: usize = 256;

/// The publisher of raw entries.
pub(super) struct Raw {
    log: Log,
    maker: Maker,
    beside: Beside,
    settings: Settings,
    status: Arc<watch::Sender<Status>>,
    /// The generation that is written.
    generation: u64,
    /// Position up to which all of it is there.
    position: u64,
    /// Who reads the whole mirror when it is told to.
    auditor: Arc<Notify>,
    /// The generation in which NATS misses messages, and how many there are.
    suspect: (u64, u64),
}

/// How a batch ended, if it did not fail.
enum Ended {
    /// It is there.
    Published,
    /// Something else stands there: of another server, or of a stranger.
    Fenced,
}

impl Raw {
    /// Looks at what there is, and begins a generation where that is called for.
    pub(super) async fn open(
        log: Log,
        maker: Maker,
        settings: Settings,
        status: Arc<watch::Sender<Status>>,
        auditor: Arc<Notify>,
    ) -> Result<Self, MirrorError> {
        let beside = Beside::open(&log, &maker).await?;
        let (generation, position, suspect) = (0, 0, (0, 0));
        let mut raw = Self { log, maker, beside, settings, status, generation, position, auditor, suspect };
        raw.place().await?;
        Ok(raw)
    }

    /// Follows the log. A position that comes from the audit is where the mirror is damaged.
    pub(super) async fn follow(mut self, mut damaged: mpsc::Receiver<u64>) -> Result<(), MirrorError> {
        let mut head = self.log.head();
        let mut checks = checks(&self.settings);
        loop {
            let page = self.log.news(self.position, BATCH).await?;
            if !page.is_empty() {
                match self.publish(&page).await? {
                    Ended::Published => {}
                    Ended::Fenced => {
                        self.beside.erase_again(&self.log, &page).await?;
                        self.place().await?;
                        tokio::time::sleep(STANDBY).await;
                    }
                }
                continue;
            }
            tokio::select! {
                changed = head.changed() => if changed.is_err() { return Ok(()) },
                _ = checks.tick() => {
                    self.place().await?;
                    self.tidy().await?;
                    self.beside.checkpoints(&self.log).await?;
                }
                Some(position) = damaged.recv() => self.confirm(position).await?,
            }
        }
    }

    /// Publishes entries that follow each other. The fence makes the sequence the position.
    async fn publish(&mut self, page: &[StoredEntry]) -> Result<Ended, MirrorError> {
        let subject = names::log_subject(self.generation);
        let mut acks = Vec::with_capacity(page.len());
        for stored in page {
            self.beside.put(&self.log, stored).await?;
            self.beside.erase_named(&self.log, stored).await?;
            let message = PublishMessage::build()
                .payload(Bytes::copy_from_slice(&stored.bytes))
                .expected_last_sequence(stored.position - 1);
            let ack = self.maker.context.send_publish(subject.clone(), message).await.map_err(nats)?;
            acks.push((stored.position, ack));
        }
        for (position, ack) in acks {
            match ack.await {
                Ok(ack) if ack.sequence == position && ack.stream == names::log_stream(self.generation) => {
                    self.reached(position);
                }
                Ok(ack) => {
                    let message = format!("entry {position} became message {} of {}", ack.sequence, ack.stream);
                    return Err(MirrorError::Damaged(message));
                }
                Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => return Ok(Ended::Fenced),
                Err(error) => return Err(nats(error)),
            }
        }
        Ok(Ended::Published)
    }

    fn reached(&mut self, position: u64) {
        self.position = position;
        self.status.send_modify(|status| {
            status.connected = true;
            status.generation = self.generation;
            status.position = position;
        });
    }

    fn found(&self, fault: String) {
        found(&self.status, fault);
    }
}

/// When to look at the end of a stream.
pub(super) fn checks(settings: &Settings) -> Interval {
    let mut checks = tokio::time::interval(settings.check_every);
    checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    checks
}

/// Counts and tells what was missing, damaged or foreign.
pub(super) fn found(status: &watch::Sender<Status>, fault: String) {
    tracing::warn!("the mirror in NATS: {fault}");
    status.send_modify(|status| {
        status.faults += 1;
        status.fault = Some(fault);
    });
}
