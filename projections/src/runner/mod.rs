//! The runner: applies the log's entries to a projection, in order and each once.
//!
//! The cursor is saved with the rows in one transaction, by compare-and-set: whatever
//! crashes, and however many servers run, no entry is applied twice or left out. The
//! cursor keeps the last entry's hash, so a read database is never continued with
//! another log than the one that it was built from.

mod batch;
mod build;
mod lead;
mod parked;
mod projection;
mod status;
mod step;

use std::time::Duration;

use gpuaas_log::Log;
use tokio::sync::watch;
use uuid::Uuid;

pub use parked::{Parked, parked};
pub use projection::{Item, Projection, Unappliable};
pub use status::{Stage, Status};

use crate::store::ReadStore;
use step::{At, Halt, Next};

/// How often the log is looked at without being woken.
const POLL: Duration = Duration::from_secs(1);
/// Pause after the first failure in a row; it doubles up to [`LONGEST_PAUSE`].
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
/// Longest pause between tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Keeps one projection up.
pub struct Runner {
    log: Log,
    store: ReadStore,
    projection: Box<dyn Projection>,
    server: Uuid,
    /// `None`: to be found in the database.
    at: Option<At>,
    status: watch::Sender<Status>,
}

impl Runner {
    /// A runner that has not begun. `server` tells this process from others that use the
    /// same read database.
    pub fn new(log: Log, store: ReadStore, projection: impl Projection, server: Uuid) -> Self {
        let status = Status {
            projection: projection.name(),
            version: projection.version(),
            position: 0,
            caught_up: false,
            parked: 0,
            stage: Stage::Starting,
        };
        Self { log, store, projection: Box::new(projection), server, at: None, status: watch::Sender::new(status) }
    }

    /// What it says of itself, again and again.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    /// Runs until it is superseded or stopped, which the status tells. It may be dropped
    /// at any moment: what was not committed did not happen.
    pub async fn run(mut self) {
        let mut head = self.log.head();
        let mut pause = SHORTEST_PAUSE;
        loop {
            head.mark_unchanged();
            match self.step().await {
                Ok(next) => {
                    pause = SHORTEST_PAUSE;
                    if next == Next::Rest {
                        drop(tokio::time::timeout(POLL, head.changed()).await);
                    }
                }
                Err(Halt::Wait(reason)) => {
                    tracing::warn!(projection = self.projection.name(), reason, "the projection waits");
                    self.say(Stage::Waiting(reason));
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(Halt::Superseded) => {
                    tracing::warn!(projection = self.projection.name(), "a newer program keeps the projection up");
                    return self.say(Stage::Superseded);
                }
                Err(Halt::Stop { position, reason }) => {
                    tracing::error!(projection = self.projection.name(), position, reason, "the projection stops");
                    return self.say(Stage::Stopped { position, reason });
                }
            }
        }
    }

    fn say(&self, stage: Stage) {
        self.status.send_if_modified(|status| {
            let news = status.stage != stage;
            status.stage = stage;
            news
        });
    }
}
