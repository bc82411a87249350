//! Committing what was gathered, and answering when it came back.

use std::mem::take;
use std::sync::Arc;
use std::time::Instant;

use futures::future::{FutureExt as _, maybe_done};
use futures::poll;
use tokio::sync::oneshot;

use super::Condition;
use super::gathered::{Gathered, Item};
use super::lookup::LookUp;
use super::own::{OwnRequest, OwnWork};
use super::prepare::Prepared;
use super::queue::Waiting;
use super::task::{InFlight, Task};
use crate::append::{AppendError, Appended};
use crate::store::{StoreError, Written};

/// So many turns of the runtime in which nobody came, and nobody will.
const QUIET: u32 = 3;

/// An append that was answered.
type Spent = Box<Prepared>;

impl Task {
    /// Begins to commit what was gathered. Refusals alone need only that the head is
    /// still the one that they were judged on.
    pub(super) async fn fire(&mut self) {
        let Some(mut gathered) = self.gathered.take() else {
            return;
        };
        let store = Arc::clone(&self.store);
        let (batch, outcome) = if gathered.entries() > 0 {
            let batch = Arc::new(gathered.batch((self.options.now)()));
            let written = Arc::clone(&batch);
            (Some(batch), async move { store.commit(&written).await }.boxed())
        } else {
            let judged_on = gathered.overlay.head.clone();
            let unmoved = async move {
                let head = store.head().await?.row;
                let same = (head.position, head.hash) == (judged_on.position, judged_on.hash);
                Ok(if same && head.stopped.is_none() { Written::Done } else { Written::HeadMoved })
            };
            (None, unmoved.boxed())
        };
        let mut outcome = maybe_done(outcome);
        // The first poll sends the statement; what the appender does next, it does meanwhile.
        let _ = poll!(&mut outcome);
        self.in_flight = Some(InFlight { gathered, outcome, batch });
    }

    /// A batch came back.
    pub(super) async fn landed(&mut self, outcome: Result<Written, StoreError>) {
        match outcome {
            Ok(Written::Done) => self.written().await,
            Ok(Written::HeadMoved) => {
                let items = self.take_all();
                self.round(items, LookUp::WhatIsNeeded).await;
            }
            Ok(Written::Collision) => {
                let items = self.take_all();
                self.round(items, LookUp::Everything).await;
            }
            Err(error) if error.may_have_written() => {
                let later = self.gathered.take().map_or_else(Vec::new, Gathered::into_items);
                self.unknown = self.in_flight.take().map(|flight| flight.gathered);
                tracing::warn!(%error, "it is not known whether a batch was written");
                self.find_out(later).await;
            }
            Err(error) => {
                let items = self.take_all();
                self.fail(items, &error);
            }
        }
    }

    /// The batch in flight is durable. Who waits is answered first, and the next batch is
    /// sent off before the memory takes this one in: until then it is looked up where it is.
    async fn written(&mut self) {
        let Some(mut flight) = self.in_flight.take() else { return };
        let answered = flight.gathered.accepted.len() + flight.gathered.refused.len();
        if !flight.gathered.overlay.declarations.is_empty() {
            // What the log says of itself counts for all that follows.
            self.settle(flight.gathered);
            return self.linger(answered).await;
        }
        let Gathered { overlay, accepted, refused, .. } = &mut flight.gathered;
        let (position, accepted, refused) = (overlay.head.position, take(accepted), take(refused));
        let spent = self.announce(position, accepted, refused);
        self.in_flight = Some(flight);
        self.linger(answered).await;
        let Some(landed) = self.in_flight.take() else { return };
        if self.own.is_empty() && self.contended == 0 && self.is_running() {
            self.fire().await;
        }
        self.memory.settle(landed.gathered.overlay);
        if self.are_heads_due(self.memory.head.position + 2 * answered as u64) {
            // Most of their tree is hashed ahead of time, rather than while appends wait for it.
            self.memory.owners.root();
        }
        drop((spent, landed.batch));
    }

    /// Callers who were answered often ask again at once. A moment for them makes the next
    /// batch a full one, instead of one of the few who waited and then one of the many.
    async fn linger(&mut self, answered: usize) {
        let waiting = self.gathered.as_ref().map_or(0, |gathered| gathered.accepted.len());
        let until = Instant::now() + self.options.linger;
        let mut quiet = 0;
        let mut left = self.queue.len();
        while quiet < QUIET && Instant::now() < until {
            tokio::task::yield_now().await;
            let queued = self.queue.len();
            quiet = if queued == left { quiet + 1 } else { 0 };
            // What the log itself is to write goes first; who comes meanwhile comes along.
            if queued > 0 && self.may_gather() {
                self.gather().await;
            }
            left = self.queue.len();
            let gathered = self.gathered.as_ref().map_or(0, |gathered| gathered.accepted.len());
            if left + gathered >= answered + waiting {
                break;
            }
        }
    }

    /// Those of the batch that landed, and those of the one that was gathered on top of it.
    fn take_all(&mut self) -> Vec<Item> {
        let landed = self.in_flight.take().map(|flight| flight.gathered);
        landed.into_iter().chain(self.gathered.take()).flat_map(Gathered::into_items).collect()
    }

    /// A batch is durable: remembers it, makes it visible, and answers.
    pub(super) fn settle(&mut self, gathered: Gathered) {
        let Gathered { overlay, accepted, refused, .. } = gathered;
        self.memory.settle(overlay);
        self.announce(self.memory.head.position, accepted, refused);
    }

    /// Makes a durable batch visible, and answers those who wait for it. What they asked
    /// for is given back.
    fn announce(
        &mut self,
        position: u64,
        accepted: Vec<(Item, Appended)>,
        refused: Vec<(Item, AppendError)>,
    ) -> Vec<Spent> {
        self.show(position);
        let spent = answer(accepted);
        refused.into_iter().for_each(|(item, error)| item.refuse(error));
        if self.are_heads_due(position) {
            self.want_heads();
        }
        spent
    }

    /// Makes a position visible to all who follow the log in this process.
    pub(super) fn show(&mut self, position: u64) {
        self.visible.send_if_modified(|visible| std::mem::replace(visible, position.max(*visible)) < position);
        self.looked = Instant::now();
    }

    /// Whether so much was appended since the heads were committed that they are to be again.
    fn are_heads_due(&self, position: u64) -> bool {
        let since_heads = position.saturating_sub(self.memory.last_heads);
        self.options.heads_after_entries.is_some_and(|most| since_heads >= most)
    }

    pub(super) fn want_heads(&mut self) {
        if self.own.is_empty() {
            let (reply, _) = oneshot::channel();
            self.own.push_back(OwnRequest { work: OwnWork::Heads, reply });
        }
        self.heads_since = Instant::now();
    }

    /// Nothing was written and the store is in trouble: says so to all who wait.
    pub(super) fn fail(&mut self, items: Vec<Item>, error: &StoreError) {
        self.set_condition(Condition::Unavailable(error.to_string()));
        let gathered = self.gathered.take().map_or_else(Vec::new, Gathered::into_items);
        for items in [items, gathered] {
            refuse(items, &AppendError::Unavailable(error.to_string()));
        }
    }

    pub(super) fn set_condition(&self, condition: Condition) {
        let was_other = self.condition.send_if_modified(|now| {
            let is_other = *now != condition;
            now.clone_from(&condition);
            is_other
        });
        if was_other {
            match &condition {
                Condition::Running => tracing::info!("appending"),
                Condition::Unavailable(why) => tracing::warn!(%why, "not appending"),
                Condition::Stopped(why) => tracing::error!(%why, "the log is stopped"),
            }
        }
    }
}

/// Tells those whose appends are durable. What they asked for is given back, so that
/// letting go of it keeps nobody waiting.
pub(super) fn answer(accepted: Vec<(Item, Appended)>) -> Vec<Spent> {
    let mut asked = Vec::with_capacity(accepted.len());
    for (item, appended) in accepted {
        match item {
            Item::Append(Waiting { append, reply, .. }) => {
                // Nobody may be listening any more.
                let _ = reply.send(Ok(appended));
                asked.push(append);
            }
            Item::Own(request) => request.answer(Ok(*appended.positions.end())),
        }
    }
    asked
}

pub(super) fn refuse(items: Vec<Item>, error: &AppendError) {
    for item in items {
        item.refuse(error.clone());
    }
}
