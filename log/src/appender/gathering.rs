//! Gathering: what waits is looked up, judged and chained into the next batch.

use std::sync::Arc;

use super::gathered::{Gathered, Item};
use super::lookup::{LookUp, wanted};
use super::own::{OwnWork, own_append};
use super::queue::Waiting;
use super::settling::refuse;
use super::task::Task;
use super::{admit, clock};
use crate::append::{AppendError, Appended, Commanded};
use crate::cosigned::key_lists;
use crate::store::{LogStore, StoreError, Wanted};

impl Task {
    /// Takes waiting appends into the batch.
    pub(super) async fn gather(&mut self) {
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
                Item::Own(request) => self.own.push_front(request),
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
    pub(super) async fn judge_own(&mut self) {
        let Some(request) = self.own.pop_front() else { return };
        let now = (self.options.now)();
        let admitted = admit_own(&*Arc::clone(&self.store), &request.work).await;
        match admitted.and_then(|()| own_append(&request.work, &mut self.memory, now)) {
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
}

/// What the command rests on is as it was. The store is read after the head that the batch
/// goes on from; if that is still the head when it is written, nothing has come in between.
async fn admit_own(store: &dyn LogStore, work: &OwnWork) -> Result<(), AppendError> {
    if let Some(by) = work.commanded() {
        admit_command(store, by).await?;
    }
    if let Some(replaced) = work.replaced_keys() {
        let lists = key_lists(store).await.map_err(unavailable)?;
        let in_force_since = lists.last().map_or(0, |list| list.since);
        if in_force_since != replaced {
            return Err(AppendError::KeysChanged { in_force_since });
        }
    }
    Ok(())
}

fn unavailable(error: StoreError) -> AppendError {
    AppendError::Unavailable(error.to_string())
}

async fn admit_command(store: &dyn LogStore, by: &Commanded) -> Result<(), AppendError> {
    let streams: Vec<_> = by.guards.iter().map(|guard| guard.stream.clone()).collect();
    let idempotency = by.metadata.idempotency.into_iter().collect();
    let wanted = Wanted { streams, idempotency, ..Wanted::default() };
    let facts = store.facts(&wanted).await.map_err(unavailable)?;
    if let Some(found) = facts.idempotency.into_iter().flatten().next() {
        let first = Appended { positions: found.positions, recorded_at: found.recorded_at };
        return Err(AppendError::Duplicate { first, request: found.request });
    }
    for (guard, end) in by.guards.iter().zip(facts.streams) {
        let (expected, actual) = (guard.version, end.map_or(0, |end| end.version));
        if expected != actual {
            return Err(AppendError::GuardConflict { stream: guard.stream.clone(), expected, actual });
        }
    }
    Ok(())
}
