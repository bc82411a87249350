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

/// Entries read at a time.
const PAGE: usize = 200;
/// Entries that led to nothing, after which the cursor is saved all the same.
const IDLE_ENTRIES: u64 = 1_000;
/// How long nothing happens until it is saved all the same.
const IDLE: Duration = Duration::from_millis(500);
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

/// Where a policy stands.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// By its cursor.
    saved: u64,
    /// The last entry that it reacted to here. The cursor follows after each batch that led
    /// to commands, and otherwise now and then: to react once more changes nothing.
    done: u64,
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
        let (mut place, mut idle) = (None, false);
        loop {
            head.borrow_and_update();
            match self.batch(&mut place, idle).await {
                Ok(0) => match tokio::time::timeout(IDLE, head.changed()).await {
                    Ok(Ok(())) => idle = false,
                    Ok(Err(_)) => return,
                    Err(_) => idle = true,
                },
                Ok(_) => wait = AGAIN.0,
                Err((position, Stop::Later(refusal))) => {
                    self.tell(Condition::Waiting { position, reason: refusal.to_string() });
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(AGAIN.1);
                    // Another process may have got past it.
                    place = None;
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
    async fn batch(&self, place: &mut Option<Place>, idle: bool) -> Result<usize, (u64, Stop)> {
        let later = |refusal| (0, Stop::Later(refusal));
        let at = match place {
            Some(at) => at,
            None => place.insert(self.find().await.map_err(later)?),
        };
        let page = self.engine.log().news(at.done, PAGE).await.map_err(|error| later(of_read(error)))?;
        let (mut save, mut result) = (idle, Ok(page.len()));
        for stored in &page {
            match self.react(stored).await {
                Ok(acted) => {
                    save |= acted;
                    at.done = stored.position;
                }
                Err(stop) => {
                    save = true;
                    result = Err((stored.position, stop));
                    break;
                }
            }
        }
        if save || at.done - at.saved >= IDLE_ENTRIES {
            self.save(at).await.map_err(later)?;
        }
        result
    }

    /// Where the policy stands by its cursor.
    async fn find(&self) -> Result<Place, Refusal> {
        let mut saved = self.cursors.get(P::NAME).await?;
        if saved.is_none() {
            // What happened before there was such a policy is not its business.
            let head = *self.engine.log().head().borrow();
            self.cursors.compare_and_set(P::NAME, None, head).await?;
            saved = self.cursors.get(P::NAME).await?;
        }
        let saved = saved.unwrap_or_default();
        Ok(Place { saved, done: saved })
    }

    /// Moves the cursor to where the policy stands, or the policy to where the cursor is:
    /// what another process is done with need not be done here.
    async fn save(&self, at: &mut Place) -> Result<(), Refusal> {
        if at.done == at.saved {
            return Ok(());
        }
        if self.cursors.compare_and_set(P::NAME, Some(at.saved), at.done).await? {
            at.saved = at.done;
            return Ok(());
        }
        let Place { saved, done } = self.find().await?;
        *at = Place { saved, done: done.max(at.done) };
        Ok(())
    }

    /// Reacts to an entry, and says whether that led to commands.
    async fn react(&self, stored: &StoredEntry) -> Result<bool, Stop> {
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
        self.policy.react(&mut turn).await?;
        Ok(!turn.issued.is_empty())
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
