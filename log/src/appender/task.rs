//! The appender's loop: while one batch is being committed the next is gathered.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};

use super::gather::{Gathered, Item};
use super::lookup::{LookUp, wanted};
use super::memory::Memory;
use super::options::AppenderOptions;
use super::own::{OwnRequest, OwnWork, own_append};
use super::queue::{Queue, Waiting, overloaded};
use super::{Condition, admit, clock};
use crate::append::{AppendError, Appended};
use crate::store::{LogStore, StoreError, Written};

/// How often deadlines, the head and the clock are looked at when nothing else happens.
const TICK: Duration = Duration::from_millis(100);
/// How often the head is looked at while nothing is appended.
const LOOK: Duration = Duration::from_secs(1);

/// So many turns of the runtime in which nobody came, and nobody will.
const QUIET: u32 = 3;

/// A batch that is being committed.
pub(super) struct InFlight {
    pub gathered: Gathered,
    pub outcome: JoinHandle<Result<Written, StoreError>>,
}

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
    /// What the log itself is to write next; it begins a batch, on a committed log.
    pub own: Option<OwnRequest>,
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
            let may_take_own = self.own.is_none();
            tokio::select! {
                outcome = landed(&mut self.in_flight) => self.landed(outcome).await,
                Some(request) = self.requests.recv(), if may_take_own => self.own = Some(request),
                () = self.queue.filled(), if may_gather => self.gather().await,
                _ = tick.tick() => self.tick().await,
            }
        }
    }

    fn is_running(&self) -> bool {
        *self.condition.borrow() == Condition::Running
    }

    fn is_finished(&self) -> bool {
        let idle = self.in_flight.is_none() && self.gathered.is_none() && self.own.is_none();
        idle && self.queue.is_finished()
    }

    /// Commits what was gathered, if nothing is being committed.
    async fn begin_next(&mut self) {
        if self.in_flight.is_some() || !self.is_running() {
            return;
        }
        if self.contended > 0 && (self.gathered.is_some() || self.own.is_some()) {
            let items = self.gathered.take().map_or_else(Vec::new, Gathered::into_items);
            return self.round(items, LookUp::WhatIsNeeded).await;
        }
        if self.gathered.is_none() {
            self.judge_own();
        }
        self.fire();
    }

    /// Room is left, and what the log itself is to write does not wait for the batch in
    /// flight to land.
    fn may_gather(&self) -> bool {
        if self.queue.is_finished() {
            return false;
        }
        if !self.is_running() {
            return true;
        }
        let has_room = self.gathered.as_ref().is_none_or(|gathered| {
            gathered.entries() < self.options.batch_entries && gathered.bytes < self.options.batch_bytes
        });
        has_room && self.own.is_none()
    }

    /// Takes waiting appends into the batch.
    async fn gather(&mut self) {
        if let Some(error) = self.condition.borrow().refusal() {
            return refuse(self.take_waiting().collect(), &error);
        }
        if self.contended > 0 && self.in_flight.is_none() {
            // What is judged before the head is locked would be judged again.
            return self.round(Vec::new(), LookUp::WhatIsNeeded).await;
        }
        let mut items: Vec<Item> = self.take_waiting().collect();
        if let Err(error) = self.judge_all(&mut items, LookUp::WhatIsNeeded).await {
            self.fail(items, &error);
        }
    }

    /// Judges those who wait. What looks like a conflict may be a command that is in the
    /// log already: that is looked up before it is refused. On an error the items are
    /// those that were not judged.
    pub(super) async fn judge_all(&mut self, items: &mut Vec<Item>, look_up: LookUp) -> Result<(), StoreError> {
        self.look_up(items, look_up).await?;
        *items = self.judge(std::mem::take(items), look_up);
        if !items.is_empty() {
            self.look_up(items, LookUp::Everything).await?;
            self.judge(std::mem::take(items), LookUp::Everything);
        }
        Ok(())
    }

    pub(super) fn take_waiting(&self) -> impl Iterator<Item = Item> + use<> {
        let (entries, bytes) = (self.options.batch_entries, self.options.batch_bytes);
        self.queue.take(entries, bytes).into_iter().map(Item::Append)
    }

    /// Asks the store what must be known of appends and is not remembered.
    pub(super) async fn look_up(&mut self, items: &[Item], look_up: LookUp) -> Result<(), StoreError> {
        let appends = items.iter().filter_map(|item| match item {
            Item::Append(waiting) => Some(&*waiting.append),
            Item::Own(_) => None,
        });
        let in_flight = self.in_flight.as_ref().map(|flight| &flight.gathered.overlay);
        let gathered = self.gathered.as_ref().map(|gathered| &gathered.overlay);
        let wanted = wanted(appends, &mut self.memory, in_flight, gathered, look_up);
        if wanted.is_empty() {
            return Ok(());
        }
        let facts = self.store.facts(&wanted).await?;
        self.memory.remember(wanted, facts);
        Ok(())
    }

    /// Judges those who wait, in the order of arrival, and chains what may follow. Answers
    /// those of whom everything must be looked up first.
    fn judge(&mut self, items: Vec<Item>, look_up: LookUp) -> Vec<Item> {
        let now = (self.options.now)();
        let mut unsure = Vec::new();
        for item in items {
            match item {
                Item::Append(waiting) => unsure.extend(self.judge_append(waiting, look_up, now)),
                // It begins a batch; its turn comes when this one has landed.
                Item::Own(request) => self.own = Some(request),
            }
        }
        self.gathered.take_if(|gathered| gathered.is_empty());
        unsure
    }

    fn judge_append(&mut self, waiting: Waiting, look_up: LookUp, now: u64) -> Option<Item> {
        let in_flight = self.in_flight.as_ref().map(|flight| &flight.gathered.overlay);
        let gathered = self.gathered.get_or_insert_with(|| Gathered::on(&self.memory, in_flight));
        if let Err(why) = clock::check_ahead(now, gathered.overlay.head.recorded_at) {
            tracing::error!(%why, "the clock is wrong: not appending");
            gathered.refused.push((Item::Append(waiting), AppendError::Unavailable(why)));
            return None;
        }
        match gathered.judge(&waiting.append, &self.memory, in_flight, now) {
            Ok(appended) => gathered.accepted.push((Item::Append(waiting), appended)),
            // Another lane had its turn first: what this one rests on may still wait.
            Err(error) if admit::is_ahead(&error) && self.queue.has_earlier_than(waiting.arrival) => {
                self.queue.put_back(waiting);
            }
            Err(error) if admit::is_conflict(&error) && look_up == LookUp::WhatIsNeeded => {
                return Some(Item::Append(waiting));
            }
            Err(error) => gathered.refused.push((Item::Append(waiting), error)),
        }
        None
    }

    /// Begins a batch with what the log itself is to write. Nothing is in flight.
    pub(super) fn judge_own(&mut self) {
        let Some(request) = self.own.take() else { return };
        let now = (self.options.now)();
        match own_append(&request.work, &mut self.memory, now) {
            Ok(Some(own)) => {
                let mut gathered = Gathered::on(&self.memory, None);
                let appended = gathered.take_own(own, &self.memory, now);
                gathered.accepted.push((Item::Own(request), appended));
                self.gathered = Some(gathered);
            }
            Ok(None) => request.answer(Ok(self.memory.head.position)),
            Err(error) => request.answer(Err(error)),
        }
    }

    /// Begins to commit what was gathered. Refusals alone need only that the head is
    /// still the one that they were judged on.
    fn fire(&mut self) {
        let Some(mut gathered) = self.gathered.take() else { return };
        let store = Arc::clone(&self.store);
        let outcome = if gathered.entries() > 0 {
            let batch = gathered.batch((self.options.now)());
            tokio::spawn(async move { store.commit(&batch).await })
        } else {
            let judged_on = gathered.overlay.head.clone();
            tokio::spawn(async move {
                let head = store.head().await?.row;
                let same = (head.position, head.hash) == (judged_on.position, judged_on.hash);
                Ok(if same && head.stopped.is_none() { Written::Done } else { Written::HeadMoved })
            })
        };
        self.in_flight = Some(InFlight { gathered, outcome });
    }

    /// A batch came back.
    async fn landed(&mut self, outcome: Result<Written, StoreError>) {
        let Some(InFlight { gathered, .. }) = self.in_flight.take() else { return };
        match outcome {
            Ok(Written::Done) => {
                let answered = gathered.accepted.len() + gathered.refused.len();
                self.settle(gathered);
                self.linger(answered).await;
            }
            Ok(Written::HeadMoved) => {
                let items = self.all_items(gathered);
                self.round(items, LookUp::WhatIsNeeded).await;
            }
            Ok(Written::Collision) => {
                let items = self.all_items(gathered);
                self.round(items, LookUp::Everything).await;
            }
            Err(error) if error.may_have_written() => {
                let later = self.gathered.take().map_or_else(Vec::new, Gathered::into_items);
                self.unknown = Some(gathered);
                tracing::warn!(%error, "it is not known whether a batch was written");
                self.find_out(later).await;
            }
            Err(error) => {
                let items = self.all_items(gathered);
                self.fail(items, &error);
            }
        }
    }

    /// Callers who were answered often ask again at once. A moment for them makes the next
    /// batch a full one, instead of one of the few who waited and then one of the many.
    async fn linger(&mut self, answered: usize) {
        let waiting = self.gathered.as_ref().map_or(0, |gathered| gathered.accepted.len());
        let until = Instant::now() + self.options.linger;
        let mut quiet = 0;
        while quiet < QUIET && Instant::now() < until && self.may_gather() {
            tokio::task::yield_now().await;
            if self.queue.is_empty() {
                quiet += 1;
                continue;
            }
            quiet = 0;
            self.gather().await;
            let gathered = self.gathered.as_ref().map_or(0, |gathered| gathered.accepted.len());
            if gathered >= answered + waiting {
                break;
            }
        }
    }

    /// Those of a batch, and those of the one that was gathered on top of it.
    fn all_items(&mut self, landed: Gathered) -> Vec<Item> {
        let later = self.gathered.take().map_or_else(Vec::new, Gathered::into_items);
        landed.into_items().into_iter().chain(later).collect()
    }

    /// A batch is durable: remembers it, makes it visible, and answers.
    pub(super) fn settle(&mut self, gathered: Gathered) {
        let Gathered { overlay, accepted, refused, .. } = gathered;
        self.memory.settle(overlay);
        let position = self.memory.head.position;
        self.visible.send_if_modified(|visible| std::mem::replace(visible, position.max(*visible)) < position);
        self.looked = Instant::now();
        answer(accepted);
        for (item, error) in refused {
            item.refuse(error);
        }
        let since_heads = position.saturating_sub(self.memory.last_heads);
        if self.options.heads_after_entries.is_some_and(|most| since_heads >= most) {
            self.want_heads();
        }
    }

    fn want_heads(&mut self) {
        if self.own.is_none() {
            let (reply, _) = oneshot::channel();
            self.own = Some(OwnRequest { work: OwnWork::Heads, reply });
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
            if let (Some(own), Some(error)) = (self.own.take(), self.condition.borrow().refusal()) {
                own.answer(Err(error));
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
    match in_flight {
        Some(flight) => match (&mut flight.outcome).await {
            Ok(outcome) => outcome,
            Err(error) => Err(StoreError::OutcomeUnknown(error.to_string())),
        },
        None => std::future::pending().await,
    }
}

pub(super) fn answer(accepted: Vec<(Item, Appended)>) {
    for (item, appended) in accepted {
        match item {
            Item::Append(waiting) => waiting.answer(Ok(appended)),
            Item::Own(request) => request.answer(Ok(*appended.positions.end())),
        }
    }
}

pub(super) fn refuse(items: Vec<Item>, error: &AppendError) {
    for item in items {
        item.refuse(error.clone());
    }
}
