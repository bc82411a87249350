//! One subscriber's way through the events: from the log until it has caught up, then live.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use gpuaas_domain::id::TypedId as _;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::{Interval, MissedTickBehavior};

use super::{Ended, Shared};
use crate::event::PublicEvent;
use crate::scope::Scope;

pub(super) struct Subscription {
    shared: Arc<Shared>,
    live: broadcast::Receiver<Arc<PublicEvent>>,
    scope: Arc<dyn Scope>,
    recheck: Interval,
    /// Owner sequence of the last event that went by.
    last: u64,
    /// Whether there may be events in the log that the live ones leave out.
    behind: bool,
    ready: VecDeque<Arc<PublicEvent>>,
    ended: bool,
}

impl Subscription {
    pub(super) fn new(
        shared: Arc<Shared>,
        live: broadcast::Receiver<Arc<PublicEvent>>,
        scope: Arc<dyn Scope>,
        after: u64,
        recheck: Duration,
    ) -> Self {
        let mut recheck = tokio::time::interval(recheck);
        recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { shared, live, scope, recheck, last: after, behind: true, ready: VecDeque::new(), ended: false }
    }

    pub(super) fn into_stream(self) -> impl Stream<Item = Result<Arc<PublicEvent>, Ended>> + Send {
        futures::stream::unfold(self, |mut this| async move {
            if this.ended {
                return None;
            }
            let item = this.next().await?;
            this.ended = item.is_err();
            Some((item, this))
        })
    }

    /// The next event that is seen; `None` when the feed is gone.
    async fn next(&mut self) -> Option<Result<Arc<PublicEvent>, Ended>> {
        loop {
            while let Some(event) = self.ready.pop_front() {
                if self.scope.sees(&event) {
                    return Some(Ok(event));
                }
            }
            if self.behind {
                if let Err(ended) = self.catch_up().await {
                    return Some(Err(ended));
                }
                continue;
            }
            tokio::select! {
                event = self.live.recv() => match event {
                    Ok(event) => self.take(event),
                    Err(RecvError::Lagged(_)) => self.behind = true,
                    Err(RecvError::Closed) => return None,
                },
                _ = self.recheck.tick() => {
                    if !self.scope.stands().await {
                        return Some(Err(Ended::Forbidden));
                    }
                }
            }
        }
    }

    /// Reads on from the log by a page. A long way is not gone without asking again.
    async fn catch_up(&mut self) -> Result<(), Ended> {
        if !self.scope.stands().await {
            return Err(Ended::Forbidden);
        }
        let events = self.shared.after(self.scope.organization().uuid(), self.last).await?;
        self.behind = !events.is_empty();
        self.last = events.last().map_or(self.last, |event| event.owner_sequence);
        self.ready.extend(events);
        Ok(())
    }

    fn take(&mut self, event: Arc<PublicEvent>) {
        if event.organization != Some(self.scope.organization()) {
            return;
        }
        match event.owner_sequence.checked_sub(self.last) {
            None | Some(0) => {}
            Some(1) => {
                self.last = event.owner_sequence;
                self.ready.push_back(event);
            }
            Some(_) => self.behind = true,
        }
    }
}
