//! What happens when the plain way does not do: another process moved the head, a unique
//! index refused, the outcome of a commit is not known, or the log lost entries. All of
//! it is done with the head locked.

use std::time::Instant;

use super::catch_up::{Behind, catch_up};
use super::gathered::{Gathered, Item};
use super::lookup::LookUp;
use super::memory::{Lost, Memory};
use super::settling::{answer, refuse};
use super::task::Task;
use super::{Condition, clock};
use crate::append::AppendError;
use crate::store::{HeadNow, LockedHead, StoreError, Wanted, Written};

/// So many rounds in which nobody else moved the head, and the plain way is tried again.
const PATIENCE: u32 = 16;
/// A collision is looked up once; an unknown outcome found out once.
const ATTEMPTS: usize = 4;

/// How a round ended, if the store did not fail.
enum Round {
    Done,
    Collision,
}

impl Task {
    /// Locks the head, takes in what is new, judges again, and writes.
    pub(super) async fn round(&mut self, mut items: Vec<Item>, mut look_up: LookUp) {
        for _ in 0..ATTEMPTS {
            match self.try_round(&mut items, look_up).await {
                Ok(Round::Done) => return,
                Ok(Round::Collision) if look_up == LookUp::WhatIsNeeded => look_up = LookUp::Everything,
                Ok(Round::Collision) => {
                    let damaged = StoreError::Damaged("a unique index refuses what is not in the log".into());
                    return self.fail(items, &damaged);
                }
                Err(error) if error.may_have_written() => match self.resolve_unknown().await {
                    Ok(unwritten) => items.extend(unwritten),
                    Err(error) => return self.fail(items, &error),
                },
                Err(error) => return self.fail(items, &error),
            }
            if items.is_empty() {
                return;
            }
        }
        self.fail(items, &StoreError::Unavailable("the connection to the store keeps breaking".into()));
    }

    /// One attempt. On any end but [`Round::Done`] the items are those that still wait.
    async fn try_round(&mut self, items: &mut Vec<Item>, look_up: LookUp) -> Result<Round, StoreError> {
        let mut locked = self.store.lock().await?;
        if let Some(condition) = self.stand(&mut *locked).await? {
            locked.commit().await?;
            self.set_condition(condition.clone());
            let error = condition.refusal().unwrap_or_else(|| AppendError::Unavailable(String::new()));
            refuse(std::mem::take(items), &error);
            return Ok(Round::Done);
        }
        if let Err(error) = self.gather_under_lock(items, look_up).await {
            items.extend(self.gathered.take().into_iter().flat_map(Gathered::into_items));
            return Err(error);
        }
        let Some(mut gathered) = self.gathered.take() else {
            locked.commit().await?;
            return Ok(Round::Done);
        };
        let written = if gathered.entries() > 0 {
            locked.write(&gathered.batch((self.options.now)())).await
        } else {
            Ok(Written::Done)
        };
        match written {
            Ok(Written::Done) => match locked.commit().await {
                Ok(()) => {
                    self.settle(gathered);
                    Ok(Round::Done)
                }
                Err(error) if error.may_have_written() => {
                    self.unknown = Some(gathered);
                    Err(error)
                }
                Err(error) => {
                    *items = gathered.into_items();
                    Err(error)
                }
            },
            Ok(Written::Collision) => {
                *items = gathered.into_items();
                Ok(Round::Collision)
            }
            Ok(Written::HeadMoved) => {
                *items = gathered.into_items();
                Err(StoreError::Unavailable("the clocks moved apart".into()))
            }
            Err(error) => {
                *items = gathered.into_items();
                Err(error)
            }
        }
    }

    /// Judges those who wait, and whoever came meanwhile, on the locked head.
    async fn gather_under_lock(&mut self, items: &mut Vec<Item>, look_up: LookUp) -> Result<(), StoreError> {
        items.extend(self.take_waiting());
        for own in items.extract_if(.., |item| matches!(item, Item::Own(_))) {
            if let Item::Own(request) = own {
                self.own.push_front(request);
            }
        }
        self.judge_own().await;
        self.judge_all(items, look_up).await
    }

    /// Takes in what is new up to a locked head. `Some`: no append is possible, and why.
    async fn stand(&mut self, locked: &mut dyn LockedHead) -> Result<Option<Condition>, StoreError> {
        let HeadNow { row, clock: store_clock } = locked.head().clone();
        if let Some(reason) = row.stopped {
            return Ok(Some(Condition::Stopped(reason)));
        }
        if let Err(why) = clock::check((self.options.now)(), store_clock, row.recorded_at) {
            return Ok(Some(Condition::Unavailable(why)));
        }
        let others_append = row.position != self.memory.head.position;
        match catch_up(&mut self.memory, &*self.store, &row).await {
            Ok(()) => {
                self.contended = if others_append { PATIENCE } else { self.contended.saturating_sub(1) };
                self.show(self.memory.head.position);
                Ok(None)
            }
            Err(Behind::Store(error)) => Err(error),
            Err(Behind::Lost(Lost(why))) => {
                locked.set_stopped(Some(&why)).await?;
                Ok(Some(Condition::Stopped(why)))
            }
        }
    }

    /// Finds out what became of a batch, answers those who wait for it, and goes on with
    /// what was not written and what came later.
    pub(super) async fn find_out(&mut self, later: Vec<Item>) {
        match self.resolve_unknown().await {
            Ok(unwritten) => {
                let items: Vec<Item> = unwritten.into_iter().chain(later).collect();
                self.round(items, LookUp::WhatIsNeeded).await;
                if self.unknown.is_none() {
                    self.look().await;
                }
            }
            Err(error) => {
                self.fail(later, &error);
                self.give_up_late();
            }
        }
    }

    /// Locks the head, so that whatever the broken connection began has ended, and looks
    /// the batch up. If it is not there a fence makes sure that it never will be; the
    /// items come back.
    async fn resolve_unknown(&mut self) -> Result<Vec<Item>, StoreError> {
        let Some(unknown) = &self.unknown else { return Ok(Vec::new()) };
        let mut locked = self.store.lock().await?;
        let commands = unknown.overlay.commands.keys().take(1).copied().collect();
        let facts = self.store.facts(&Wanted { commands, ..Wanted::default() }).await?;
        let is_written = facts.commands.iter().any(Option::is_some);
        if !is_written {
            locked.raise_fence().await?;
        }
        locked.commit().await?;
        let Some(Gathered { accepted, refused, .. }) = self.unknown.take() else { return Ok(Vec::new()) };
        if is_written {
            answer(accepted);
            refused.into_iter().for_each(|(item, error)| item.refuse(error));
            return Ok(Vec::new());
        }
        Ok(accepted.into_iter().map(|(item, _)| item).chain(refused.into_iter().map(|(item, _)| item)).collect())
    }

    /// Answers those whose deadline passed before it could be found out.
    fn give_up_late(&mut self) {
        let Some(unknown) = &mut self.unknown else { return };
        let now = Instant::now();
        let why = "the connection broke at commit, and the store has not been reached since";
        let is_late = |item: &Item| matches!(item, Item::Append(waiting) if waiting.deadline <= now);
        for (item, _) in unknown.accepted.extract_if(.., |(item, _)| is_late(item)) {
            item.refuse(AppendError::Unknown(why.into()));
        }
        for (item, error) in unknown.refused.extract_if(.., |(item, _)| is_late(item)) {
            item.refuse(error);
        }
    }

    /// Looks at the head while nothing is being written: is it stopped, is the clock
    /// right, did others append, is all still there?
    pub(super) async fn look(&mut self) {
        let condition = match self.look_at_head().await {
            Ok(condition) => condition,
            Err(error) => Condition::Unavailable(error.to_string()),
        };
        self.set_condition(condition);
    }

    async fn look_at_head(&mut self) -> Result<Condition, StoreError> {
        let HeadNow { row, clock: store_clock } = self.store.head().await?;
        if let Some(reason) = row.stopped {
            return Ok(Condition::Stopped(reason));
        }
        if matches!(*self.condition.borrow(), Condition::Stopped(_)) {
            // An operator allowed appends again: begin from what is there now.
            if let Some(memory) = Memory::load(&*self.store, self.options.remembered).await? {
                self.memory = memory;
            }
        }
        if let Err(why) = clock::check((self.options.now)(), store_clock, row.recorded_at) {
            return Ok(Condition::Unavailable(why));
        }
        match catch_up(&mut self.memory, &*self.store, &row).await {
            Ok(()) => {
                self.show(self.memory.head.position);
                Ok(Condition::Running)
            }
            Err(Behind::Store(error)) => Err(error),
            // Seen without the lock: look again with it, and stop if it is so.
            Err(Behind::Lost(_)) => {
                let mut locked = self.store.lock().await?;
                let condition = self.stand(&mut *locked).await?;
                locked.commit().await?;
                Ok(condition.unwrap_or(Condition::Running))
            }
        }
    }
}
