//! The appender's loop: while one batch is being committed the next is gathered.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::{BoxFuture, MaybeDone};
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};

use super::Condition;
use super::gathered::Gathered;
use super::lookup::LookUp;
use super::memory::Memory;
use super::options::AppenderOptions;
use super::own::OwnRequest;
use super::queue::{Queue, overloaded};
use crate::store::{Batch, LogStore, StoreError, Written};

/// How often deadlines, the head and the clock are looked at when nothing else happens.
const TICK: Duration = Duration::from_millis(100);
/// How often the head is looked at while nothing is appended.
const LOOK: Duration = Duration::from_secs(1);

/// A batch that is being committed, or was and is not in the memory yet.
pub(super) struct InFlight {
    pub gathered: Gathered,
    pub outcome: Outcome,
    /// What the store writes. Held here so that letting go of it keeps nobody waiting.
    pub batch: Option<Arc<Batch>>,
}

/// The store at work. It is polled by the appender itself: an answer has no further task
/// to pass through.
pub(super) type Outcome = MaybeDone<BoxFuture<'static, Result<Written, StoreError>>>;

/// The one writer of a process.
pub(super) struct Task {
    pub store: Arc<dyn LogStore>,
    pub options: AppenderOptions,
    pub queue: Arc<Queue>,
    pub requests: mpsc::Receiver<OwnRequest>,
    pub visible: watch::Sender<u64>,
    pub condition: watch::Sender<Condition>,
    pub memory: Memory,
    pub gathered: Option<Gathered>,
    pub in_flight: Option<InFlight>,
    /// What the log itself is to write; each begins a batch, on a committed log.
    pub own: VecDeque<OwnRequest>,
    /// A batch of which it is not known whether it was written.
    pub unknown: Option<Gathered>,
    /// Above zero, other processes are appending too: lock the head first.
    pub contended: u32,
    pub looked: Instant,
    pub heads_since: Instant,
}

impl Task {
    /// Runs until the queue is closed and empty.
    pub(super) async fn run(mut self) {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.begin_next().await;
            if self.is_finished() {
                return;
            }
            let may_gather = self.may_gather();
            let may_take_own = self.own.is_empty();
            tokio::select! {
                outcome = landed(&mut self.in_flight) => self.landed(outcome).await,
                Some(request) = self.requests.recv(), if may_take_own => self.own.push_back(request),
                () = self.queue.filled(), if may_gather => self.gather().await,
                _ = tick.tick() => self.tick().await,
            }
        }
    }

    pub(super) fn is_running(&self) -> bool {
        *self.condition.borrow() == Condition::Running
    }

    fn is_finished(&self) -> bool {
        let idle = self.in_flight.is_none() && self.gathered.is_none() && self.own.is_empty();
        idle && self.queue.is_finished()
    }

    /// Commits what was gathered, if nothing is being committed.
    async fn begin_next(&mut self) {
        if self.in_flight.is_some() || !self.is_running() {
            return;
        }
        if self.contended > 0 && (self.gathered.is_some() || !self.own.is_empty()) {
            let items = self.gathered.take().map_or_else(Vec::new, Gathered::into_items);
            return self.round(items, LookUp::WhatIsNeeded).await;
        }
        while self.gathered.is_none() && !self.own.is_empty() {
            self.judge_own().await;
            if self.gathered.is_some() && !self.queue.is_empty() {
                // Those who waited for the turn of the log itself come along.
                self.gather().await;
            }
        }
        self.fire().await;
    }

    /// Room is left, and what the log itself is to write does not wait for the batch in
    /// flight to land.
    pub(super) fn may_gather(&self) -> bool {
        if self.queue.is_finished() {
            return false;
        }
        if !self.is_running() {
            return true;
        }
        let has_room = self.gathered.as_ref().is_none_or(|gathered| {
            gathered.entries() < self.options.batch_entries && gathered.bytes < self.options.batch_bytes
        });
        has_room && self.own.is_empty()
    }

    async fn tick(&mut self) {
        for waiting in self.queue.take_expired(Instant::now()) {
            waiting.answer(Err(overloaded()));
        }
        if self.in_flight.is_some() || self.gathered.is_some() {
            return;
        }
        if self.unknown.is_some() {
            return self.find_out(Vec::new()).await;
        }
        if !self.is_running() || self.looked.elapsed() >= LOOK {
            self.looked = Instant::now();
            self.look().await;
        }
        if !self.is_running() {
            if let Some(error) = self.condition.borrow().refusal() {
                self.own.drain(..).for_each(|own| own.answer(Err(error.clone())));
            }
            return;
        }
        let due = self.options.heads_every.is_some_and(|every| self.heads_since.elapsed() >= every);
        if due && self.memory.head.position > self.memory.last_heads {
            self.want_heads();
        }
    }
}

/// What became of the batch in flight; never ends if there is none.
async fn landed(in_flight: &mut Option<InFlight>) -> Result<Written, StoreError> {
    let Some(flight) = in_flight else { return std::future::pending().await };
    (&mut flight.outcome).await;
    let outcome = Pin::new(&mut flight.outcome).take_output();
    outcome.expect("a batch lands once, and is taken out of flight then")
}
