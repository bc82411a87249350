//! The publisher: a consumer of the log that any number of servers may run.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::Context;
use gpuaas_log::Log;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::MissedTickBehavior;

use super::audit::Audit;
use super::error::MirrorError;
use super::events::Events;
use super::raw::Raw;
use super::settings::Settings;
use super::status::Status;
use super::streams::Maker;
use crate::feed::Feed;

/// How long a server that was not the quickest waits, so that the others' work is not all done twice.
pub(super) const STANDBY: Duration = Duration::from_millis(200);

/// Keeps the mirror up.
pub struct Publisher {
    log: Log,
    feed: Feed,
    settings: Settings,
    status: Arc<watch::Sender<Status>>,
}

impl Publisher {
    /// A publisher of a log, whose public events a feed makes. [`Self::run`] does the work.
    #[must_use]
    pub fn new(log: Log, feed: Feed, settings: Settings) -> Self {
        Self { log, feed, settings, status: Arc::new(watch::Sender::new(Status::default())) }
    }

    /// How it is doing.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    /// Publishes for as long as it is polled. A NATS that is gone is tried again and again.
    pub async fn run(self) {
        let mut said = String::new();
        loop {
            if let Err(error) = self.session().await {
                let fault = error.to_string();
                if fault != said {
                    tracing::warn!("the mirror in NATS is not written at present: {fault}");
                    said.clone_from(&fault);
                }
                self.status.send_modify(|status| {
                    status.connected = false;
                    status.fault = Some(fault);
                });
            }
            tokio::time::sleep(self.settings.check_every).await;
        }
    }

    /// One connection, until something fails. What NATS has may be another thing after that.
    async fn session(&self) -> Result<(), MirrorError> {
        let broken = Arc::new(Notify::new());
        let context = self.settings.connect(broken.clone()).await?;
        tokio::select! {
            ended = self.connected(context) => ended,
            () = broken.notified() => Err(MirrorError::Nats("the connection broke".to_owned())),
        }
    }

    async fn connected(&self, context: Context) -> Result<(), MirrorError> {
        let maker = Maker { context, log: self.log.log_id(), replicas: self.settings.replicas };
        let auditor = Arc::new(Notify::new());
        let (tell, damaged) = mpsc::channel(1);
        let (settings, status) = (self.settings.clone(), self.status.clone());
        status.send_modify(|status| status.fault = None);
        let raw = Raw::open(self.log.clone(), maker.clone(), settings.clone(), status.clone(), auditor.clone()).await?;
        let events = Events::new(self.log.clone(), self.feed.clone(), maker.clone(), settings, status);
        let audits = self.audits(&maker, &events, &auditor, &tell);
        tokio::try_join!(raw.follow(damaged), events.clone().follow(), audits).map(drop)
    }

    /// Audits once, then now and then, and when something looks wrong.
    async fn audits(
        &self,
        maker: &Maker,
        events: &Events,
        auditor: &Notify,
        damaged: &mpsc::Sender<u64>,
    ) -> Result<(), MirrorError> {
        let mut audits = tokio::time::interval(self.settings.audit_every);
        // One that takes longer than that is not followed by all those that it missed.
        audits.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = audits.tick() => {}
                () = auditor.notified() => {}
            }
            Audit { log: &self.log, maker, status: &self.status, damaged }.run().await?;
            events.audit().await?;
            self.status.send_modify(|status| status.audits += 1);
        }
    }
}
