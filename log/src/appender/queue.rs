//! Appends that wait: bounded in bytes, first come first served within a lane, and the
//! lanes in turn. A lane is an owner; what policies do for an owner has its own.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;
use tokio::sync::{Notify, oneshot};

use super::options::AppenderOptions;
use super::prepare::Prepared;
use crate::append::{AppendError, Appended};
use crate::entry::Owner;

/// An append with somebody waiting for its end.
#[derive(Debug)]
pub(super) struct Waiting {
    pub append: Box<Prepared>,
    pub reply: oneshot::Sender<Result<Appended, AppendError>>,
    pub deadline: Instant,
    /// Counts the appends of this process.
    pub arrival: u64,
}

impl Waiting {
    /// Answers; nobody may be listening any more.
    pub(super) fn answer(self, outcome: Result<Appended, AppendError>) {
        let _ = self.reply.send(outcome);
    }
}

/// When to come back after a refusal: long enough for many batches.
const RETRY_AFTER: Duration = Duration::from_millis(250);

pub(super) fn overloaded() -> AppendError {
    AppendError::Overloaded { retry_after: RETRY_AFTER }
}

#[derive(Debug, PartialEq, Eq, Hash, Clone, Copy)]
struct Lane {
    owner: Owner,
    is_policy: bool,
}

#[derive(Debug, Default)]
struct Waiters {
    bytes: usize,
    waiting: VecDeque<Waiting>,
}

#[derive(Debug, Default)]
struct Lanes {
    lanes: FxHashMap<Lane, Waiters>,
    /// Lanes with somebody waiting; the front is served next.
    turns: VecDeque<Lane>,
    /// In all lanes.
    len: usize,
    bytes: usize,
    arrivals: u64,
    closed: bool,
}

/// The queue that callers fill and one appender empties.
#[derive(Debug)]
pub(super) struct Queue {
    lanes: Mutex<Lanes>,
    filled: Notify,
    most_bytes: usize,
    most_bytes_unreserved: usize,
    most_bytes_of_lane: usize,
}

impl Queue {
    pub(super) fn new(options: &AppenderOptions) -> Self {
        let unreserved = options.queue_bytes.saturating_sub(options.policy_reserve);
        Self {
            lanes: Mutex::default(),
            filled: Notify::new(),
            most_bytes: options.queue_bytes,
            most_bytes_unreserved: unreserved,
            // One owner cannot shut the others out.
            most_bytes_of_lane: unreserved / 4,
        }
    }

    /// Queues an append, or refuses it at once.
    pub(super) fn push(
        &self,
        append: Prepared,
        deadline: Instant,
    ) -> Result<oneshot::Receiver<Result<Appended, AppendError>>, AppendError> {
        let is_policy = append.metadata.actor.kind == "policy";
        let lane = Lane { owner: append.streams.first().and_then(|stream| stream.owner), is_policy };
        let most = if is_policy { self.most_bytes } else { self.most_bytes_unreserved };
        let (reply, outcome) = oneshot::channel();
        let append = Box::new(append);
        let mut lanes = self.lock();
        if lanes.closed {
            return Err(AppendError::Unavailable("the log is being closed".into()));
        }
        let in_lane = lanes.lanes.get(&lane).map_or(0, |waiters| waiters.bytes);
        // An append alone in its lane is let in however large it is.
        let lane_is_full = in_lane > 0 && in_lane + append.cost > self.most_bytes_of_lane;
        if lane_is_full || (lanes.bytes > 0 && lanes.bytes + append.cost > most) {
            return Err(overloaded());
        }
        lanes.arrivals += 1;
        let arrival = lanes.arrivals;
        lanes.push_back(lane, Waiting { append, reply, deadline, arrival });
        drop(lanes);
        self.filled.notify_one();
        Ok(outcome)
    }

    /// Waits until there is something to take, or the queue is closed.
    pub(super) async fn filled(&self) {
        loop {
            let notified = self.filled.notified();
            {
                let lanes = self.lock();
                if lanes.bytes > 0 || lanes.closed {
                    return;
                }
            }
            notified.await;
        }
    }

    /// Takes what fits, the lanes in turn, and gives it in the order of arrival. At least
    /// one, if there is one. Appends whose callers went away are dropped.
    pub(super) fn take(&self, entries: usize, bytes: usize) -> Vec<Waiting> {
        let mut taken: Vec<Waiting> = Vec::new();
        let (mut taken_entries, mut taken_bytes) = (0, 0);
        let mut lanes = self.lock();
        while let Some((next_entries, next_bytes)) = lanes.next_size() {
            let fits = taken_entries + next_entries <= entries && taken_bytes + next_bytes <= bytes;
            if !fits && !taken.is_empty() {
                break;
            }
            let Some(waiting) = lanes.pop() else { break };
            if waiting.reply.is_closed() {
                continue;
            }
            taken_entries += next_entries;
            taken_bytes += next_bytes;
            taken.push(waiting);
        }
        drop(lanes);
        taken.sort_unstable_by_key(|waiting| waiting.arrival);
        taken
    }

    /// Puts an append back to the front of its lane.
    pub(super) fn put_back(&self, waiting: Waiting) {
        let is_policy = waiting.append.metadata.actor.kind == "policy";
        let lane = Lane { owner: waiting.append.streams.first().and_then(|stream| stream.owner), is_policy };
        self.lock().push_front(lane, waiting);
    }

    /// Whether one that came earlier is still waiting.
    pub(super) fn has_earlier_than(&self, arrival: u64) -> bool {
        let lanes = self.lock();
        lanes.lanes.values().any(|waiters| waiters.waiting.front().is_some_and(|first| first.arrival < arrival))
    }

    /// Takes out those whose deadline has passed.
    pub(super) fn take_expired(&self, now: Instant) -> Vec<Waiting> {
        let mut lanes = self.lock();
        let mut expired = Vec::new();
        for waiters in lanes.lanes.values_mut() {
            // Deadlines are in the order of arrival, or nearly: the front decides.
            while waiters.waiting.front().is_some_and(|first| first.deadline <= now) {
                expired.extend(waiters.waiting.pop_front());
            }
            waiters.bytes = waiters.waiting.iter().map(|waiting| waiting.append.cost).sum();
        }
        lanes.bytes = lanes.lanes.values().map(|waiters| waiters.bytes).sum();
        lanes.len -= expired.len();
        lanes.forget_empty();
        expired
    }

    /// Whether nobody waits.
    pub(super) fn is_empty(&self) -> bool {
        self.lock().turns.is_empty()
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.lock().len
    }

    /// Refuses whatever comes from now on.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_one();
    }

    /// Whether it was closed and has been emptied.
    pub(super) fn is_finished(&self) -> bool {
        let lanes = self.lock();
        lanes.closed && lanes.turns.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Lanes> {
        // Nothing panics between two changes that belong together.
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lanes {
    fn push_back(&mut self, lane: Lane, waiting: Waiting) {
        self.waiters(lane, waiting.append.cost).push_back(waiting);
    }

    fn push_front(&mut self, lane: Lane, waiting: Waiting) {
        self.waiters(lane, waiting.append.cost).push_front(waiting);
    }

    fn waiters(&mut self, lane: Lane, cost: usize) -> &mut VecDeque<Waiting> {
        self.bytes += cost;
        self.len += 1;
        let waiters = self.lanes.entry(lane).or_default();
        if waiters.waiting.is_empty() {
            self.turns.push_back(lane);
        }
        waiters.bytes += cost;
        &mut waiters.waiting
    }

    fn next_size(&self) -> Option<(usize, usize)> {
        let next = self.lanes.get(self.turns.front()?)?.waiting.front()?;
        Some((next.append.entries, next.append.cost))
    }

    fn pop(&mut self) -> Option<Waiting> {
        let lane = self.turns.pop_front()?;
        let waiters = self.lanes.get_mut(&lane)?;
        let waiting = waiters.waiting.pop_front()?;
        waiters.bytes -= waiting.append.cost;
        self.bytes -= waiting.append.cost;
        self.len -= 1;
        if waiters.waiting.is_empty() {
            self.lanes.remove(&lane);
        } else {
            self.turns.push_back(lane);
        }
        Some(waiting)
    }

    fn forget_empty(&mut self) {
        self.lanes.retain(|_, waiters| !waiters.waiting.is_empty());
        let Self { lanes, turns, .. } = self;
        turns.retain(|lane| lanes.contains_key(lane));
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::append::{Actor, Append, Decision, Metadata, NewEvent, NewPayload, StreamAppend, StreamId};
    use crate::appender::prepare::prepare_any;
    use crate::entry::Cause;
    use crate::hash::Hash;

    fn append(owner: u128, actor: &'static str) -> Prepared {
        let event = NewEvent { event: "thing.made".into(), schema: 1, payload: NewPayload::Inline(vec![0x80]) };
        let stream = StreamId::new("thing", Uuid::from_u128(9));
        let actor = Actor { kind: actor.into(), id: Some(Uuid::from_u128(1)), token: None, on_behalf_of: None };
        let decision = Some(Decision { rule_set: Hash::ZERO, rules: Vec::new() });
        let (command, trace, cause) = ("thing.make".into(), [1; 16], Cause::None);
        prepare_any(Append {
            command_id: Uuid::from_u128(1),
            metadata: Metadata { command, idempotency: None, request: None, actor, decision, trace, cause },
            streams: vec![StreamAppend {
                stream,
                owner: Some(Uuid::from_u128(owner)),
                expected: 0,
                events: vec![event],
            }],
            guards: Vec::new(),
            claims: Vec::new(),
            blobs: Vec::new(),
        })
        .unwrap()
    }

    /// Room for so many of these appends, one in eight of it for policies.
    fn queue(appends: usize) -> Queue {
        let cost = append(1, "user").cost;
        let options = AppenderOptions {
            queue_bytes: appends * cost,
            policy_reserve: appends * cost / 8,
            ..AppenderOptions::default()
        };
        Queue::new(&options)
    }

    fn later() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    fn owners(taken: &[Waiting]) -> Vec<u128> {
        taken.iter().map(|waiting| waiting.append.streams[0].owner.unwrap().as_u128()).collect()
    }

    #[test]
    fn owners_are_served_in_turn_and_each_in_order() {
        let queue = queue(1_000);
        let waiting: Vec<_> =
            [1, 1, 1, 1, 2, 2, 3].map(|owner| queue.push(append(owner, "user"), later()).unwrap()).into();
        assert_eq!(owners(&queue.take(3, usize::MAX)), [1, 2, 3]);
        assert_eq!(owners(&queue.take(3, usize::MAX)), [1, 1, 2]);
        let last = queue.take(3, usize::MAX);
        assert_eq!((owners(&last), last[0].arrival), (vec![1], 4));
        assert!(queue.is_empty());
        drop(waiting);
    }

    #[test]
    fn one_owner_does_not_shut_the_others_out_and_policies_have_a_reserve() {
        let queue = queue(80);
        let mut waiting = Vec::new();
        let mut fill = |owner, actor| {
            let before = waiting.len();
            while let Ok(one) = queue.push(append(owner, actor), later()) {
                waiting.push(one);
            }
            waiting.len() - before
        };
        assert_eq!(fill(1, "user"), 17, "a quarter of what is not reserved");
        assert_eq!((2..9).map(|owner| fill(owner, "user")).sum::<usize>(), 70 - 17);
        assert!(fill(1, "policy") >= 9, "the reserve");
    }

    #[test]
    fn who_went_away_is_not_served_and_who_waits_too_long_is_taken_out() {
        let queue = queue(1_000);
        drop(queue.push(append(1, "user"), later()).unwrap());
        let stays = queue.push(append(1, "user"), later()).unwrap();
        let late = queue.push(append(2, "user"), Instant::now()).unwrap();
        assert_eq!(owners(&queue.take_expired(Instant::now())), [2]);
        let taken = queue.take(10, usize::MAX);
        assert_eq!((taken.len(), taken[0].arrival), (1, 2));
        queue.put_back(taken.into_iter().next().unwrap());
        assert!(queue.has_earlier_than(3) && !queue.has_earlier_than(2));
        drop((stays, late));
    }
}
