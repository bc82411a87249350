//! Lets a policy read the log from its cursor on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use gpuaas_log::entry::StoredEntry;
use tokio::sync::watch;

use super::Policy;
use super::turn::{Stop, Turn};
use crate::engine::Engine;
use crate::refusal::{Refusal, of_read};

/// Entries read at a time; the cursor is saved after each batch.
const PAGE: usize = 200;
/// How long to wait before an entry is tried again, at first and at most.
const AGAIN: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));

/// The saved places of policies.
#[async_trait]
pub trait Cursors: Send + Sync + 'static {
    /// The last position that a policy is done with; `None`: it never saved one.
    async fn get(&self, name: &str) -> Result<Option<u64>, Refusal>;

    /// Moves a cursor, if it stands where `expected` says. Says whether it did.
    async fn compare_and_set(&self, name: &str, expected: Option<u64>, position: u64) -> Result<bool, Refusal>;
}

/// How a policy is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// It reads.
    Running,
    /// It tries an entry again and again.
    Waiting {
        /// Which.
        position: u64,
        /// Why.
        reason: String,
    },
    /// It stopped before an entry, until somebody looks and it is started anew.
    Alarmed {
        /// Which.
        position: u64,
        /// Why.
        reason: String,
    },
}

/// Runs a policy. Several servers may run the same one: the cursor's compare-and-set, the
/// commands' ids and the expected versions keep them apart.
pub struct Runner<P> {
    engine: Engine,
    cursors: Arc<dyn Cursors>,
    policy: P,
    condition: watch::Sender<Condition>,
}

impl<P: Policy> Runner<P> {
    /// A policy that is not running yet.
    #[must_use]
    pub fn new(engine: Engine, cursors: Arc<dyn Cursors>, policy: P) -> Self {
        Self { engine, cursors, policy, condition: watch::Sender::new(Condition::Running) }
    }

    /// How it is, for the readiness of the process.
    #[must_use]
    pub fn condition(&self) -> watch::Receiver<Condition> {
        self.condition.subscribe()
    }

    /// Runs until the log is closed or the policy stops with an alarm. It may be dropped
    /// at any time: what it was at is done again, and once.
    pub async fn run(self) {
        let mut head = self.engine.log().head();
        let mut wait = AGAIN.0;
        loop {
            head.borrow_and_update();
            match self.batch().await {
                Ok(0) => {
                    if head.changed().await.is_err() {
                        return;
                    }
                }
                Ok(_) => wait = AGAIN.0,
                Err((position, Stop::Later(refusal))) => {
                    self.tell(Condition::Waiting { position, reason: refusal.to_string() });
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(AGAIN.1);
                    continue;
                }
                Err((position, Stop::Alarm(refusal))) => {
                    tracing::error!(policy = P::NAME, position, %refusal, "a policy stopped; it needs a person");
                    self.tell(Condition::Alarmed { position, reason: refusal.to_string() });
                    return;
                }
            }
            self.tell(Condition::Running);
        }
    }

    /// Reacts to the next entries and says to how many.
    async fn batch(&self) -> Result<usize, (u64, Stop)> {
        let later = |refusal| (0, Stop::Later(refusal));
        let Some(from) = self.cursors.get(P::NAME).await.map_err(later)? else {
            // What happened before there was such a policy is not its business.
            let head = *self.engine.log().head().borrow();
            self.cursors.compare_and_set(P::NAME, None, head).await.map_err(later)?;
            return Ok(1);
        };
        let page = self.engine.log().read(from, PAGE).await.map_err(|error| later(of_read(error)))?;
        let mut done = from;
        let mut result = Ok(page.len());
        for stored in &page {
            match self.react(stored).await {
                Ok(()) => done = stored.position,
                Err(stop) => {
                    result = Err((stored.position, stop));
                    break;
                }
            }
        }
        if done > from && !self.cursors.compare_and_set(P::NAME, Some(from), done).await.map_err(later)? {
            tracing::debug!(policy = P::NAME, "another process has moved the cursor");
        }
        result
    }

    async fn react(&self, stored: &StoredEntry) -> Result<(), Stop> {
        let entry = stored.entry().map_err(|error| Stop::Alarm(Refusal::internal(error)))?;
        let mut turn = Turn {
            engine: &self.engine,
            position: stored.position,
            event: entry.event,
            stream: entry.stream.id,
            policy: P::ID,
            meanings: P::MEANINGS,
            trace: entry.trace,
            issued: BTreeMap::new(),
        };
        self.policy.react(&mut turn).await
    }

    fn tell(&self, condition: Condition) {
        self.condition.send_if_modified(|known| {
            let differs = *known != condition;
            *known = condition;
            differs
        });
    }
}

impl<P> std::fmt::Debug for Runner<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner").field("condition", &*self.condition.borrow()).finish_non_exhaustive()
    }
}
