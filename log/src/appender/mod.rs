//! The one writer of a process: gathers waiting appends into batches and commits them.
//!
//! Callers hand appends to a [`queue`](queue::Queue); one [task](task::Task) takes them
//! out, judges each on the log as it will stand then, chains them, and lets the store
//! write the batch. Nothing is answered before it is durable, and a refusal not before it
//! is known that the head it was judged on was the head.
//!
//! What this is not for: it does not know what entries mean, and reads nothing for
//! others.

mod admit;
mod cache;
mod catch_up;
mod clock;
mod declared;
mod gathered;
mod gathering;
mod genesis;
mod lookup;
mod memory;
mod options;
mod overlay;
mod own;
mod prepare;
mod queue;
mod round;
mod settling;
mod task;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

pub use clock::{MAX_AHEAD, Now, system_clock};
pub use declared::{Declarations, KindDeclaration, SchemaDeclaration};
pub use genesis::Genesis;
pub(crate) use genesis::begin;
pub use options::AppenderOptions;
pub(crate) use own::OwnWork;

use crate::append::{Append, AppendError, Appended};
use crate::state::Identity;
use crate::store::{LogStore, StoreError};
use memory::Memory;
use own::OwnRequest;
use queue::Queue;
use task::Task;

/// Whether a process can append, and why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// It can.
    Running,
    /// The store cannot be reached, or a clock is wrong. Ends by itself.
    Unavailable(String),
    /// The log is stopped until an operator acts.
    Stopped(String),
}

impl Condition {
    /// What an append is answered.
    fn refusal(&self) -> Option<AppendError> {
        match self {
            Self::Running => None,
            Self::Unavailable(why) => Some(AppendError::Unavailable(why.clone())),
            Self::Stopped(why) => Some(AppendError::Stopped(why.clone())),
        }
    }
}

/// Requests to the log itself that may wait; there are never many.
const REQUESTS: usize = 64;

/// The callers' end of the appender.
pub(crate) struct Appender {
    pub(crate) identity: Identity,
    pub(crate) visible: watch::Sender<u64>,
    pub(crate) condition: watch::Receiver<Condition>,
    queue: Arc<Queue>,
    requests: mpsc::Sender<OwnRequest>,
    options: AppenderOptions,
}

impl Appender {
    /// Reads the log that is in the store and begins to append to it. `None`: the store
    /// is empty.
    pub(crate) async fn start(
        store: Arc<dyn LogStore>,
        options: AppenderOptions,
    ) -> Result<Option<(Self, JoinHandle<()>)>, StoreError> {
        let Some(memory) = Memory::load(&*store, options.remembered).await? else { return Ok(None) };
        let identity = memory.identity.clone();
        let (visible, _) = watch::channel(memory.head.position);
        let running = memory.head.stopped.clone().map_or(Condition::Running, Condition::Stopped);
        let (condition, seen_condition) = watch::channel(running);
        let (requests, received) = mpsc::channel(REQUESTS);
        let queue = Arc::new(Queue::new(&options));
        let mut task = Task {
            store,
            options: options.clone(),
            queue: Arc::clone(&queue),
            requests: received,
            visible: visible.clone(),
            condition,
            memory,
            gathered: None,
            in_flight: None,
            own: VecDeque::new(),
            unknown: None,
            contended: 0,
            looked: Instant::now(),
            heads_since: Instant::now(),
        };
        task.look().await;
        let running = tokio::spawn(task.run());
        let appender = Self { identity, visible, condition: seen_condition, queue, requests, options };
        Ok(Some((appender, running)))
    }

    /// Appends, and waits until it is durable or known not to be.
    pub(crate) async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let prepared = prepare::prepare(append, &self.options)?;
        let outcome = self.queue.push(prepared, Instant::now() + self.options.deadline)?;
        outcome.await.unwrap_or_else(|_| Err(AppendError::Unknown("the appender ended".into())))
    }

    /// Has the log say something of itself. Answers the position of the last entry that
    /// says it.
    pub(crate) async fn own(&self, work: OwnWork) -> Result<u64, AppendError> {
        let (reply, outcome) = oneshot::channel();
        let closed = || AppendError::Unavailable("the log is being closed".into());
        self.requests.send(OwnRequest { work, reply }).await.map_err(|_| closed())?;
        outcome.await.unwrap_or_else(|_| Err(closed()))
    }

    /// Refuses what comes from now on; what waits is still appended.
    pub(crate) fn close(&self) {
        self.queue.close();
    }
}
