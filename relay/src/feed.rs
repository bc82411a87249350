//! The feed: one reader of the log per process, any number of subscribers.
//!
//! What is new goes to all subscribers at once; whoever comes later, resumes or falls
//! behind reads on from the log. Owner sequences are gapless, so a subscriber notices by
//! itself that it missed something, and nothing is ever shown twice.

mod subscription;

use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use gpuaas_domain::id::{OrganizationId, TypedId as _};
use gpuaas_log::Log;
use gpuaas_log::entry::StoredEntry;
use gpuaas_log::store::StoreError;
use tokio::sync::broadcast;

use crate::event::{self, EventError, PublicEvent};
use crate::place::Places;
use crate::scope::Scope;
use subscription::Subscription;

/// Entries read at a time.
const PAGE: usize = 500;
/// Entries that a subscriber reads at a time: one that reads nothing holds so many.
const BEHIND: usize = 64;
/// Events that a subscriber may be behind before it reads on from the log.
const LIVE: usize = 1_024;
/// How long to wait when the log cannot be read.
const RETRY: Duration = Duration::from_millis(500);

/// Why a subscription ended.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// Whoever opened it may not see this any more.
    #[error("whoever opened the subscription may not see this any more")]
    Forbidden,
    /// The log cannot be read at present: resume.
    #[error(transparent)]
    Failed(#[from] FeedError),
}

/// Why events could not be made.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The log cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An entry cannot be shown.
    #[error(transparent)]
    Event(#[from] EventError),
}

/// Public events of a log. A clone is another handle to the same feed.
#[derive(Clone)]
pub struct Feed {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    log: Log,
    places: Places,
    live: broadcast::Sender<Arc<PublicEvent>>,
}

impl Feed {
    /// A feed of a log. [`Self::follow`] must run beside it.
    #[must_use]
    pub fn new(log: Log) -> Self {
        let (live, _) = broadcast::channel(LIVE);
        Self { shared: Arc::new(Shared { log, places: Places::default(), live }) }
    }

    /// Follows the log for as long as it is polled.
    pub async fn follow(&self) {
        let mut head = self.shared.log.head();
        let mut position = *head.borrow_and_update();
        loop {
            match self.shared.log.news(position, PAGE).await {
                Ok(page) if page.is_empty() => {
                    if head.changed().await.is_err() {
                        return;
                    }
                }
                Ok(page) => {
                    position = page.last().map_or(position, |last| last.position);
                    self.shared.publish(&page).await;
                }
                Err(error) => {
                    tracing::warn!(%error, "the log cannot be followed at present");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }

    /// The owner sequence of an organization's last event; 0 before the first. Whoever subscribes
    /// after it gets what happens from now on.
    pub async fn end(&self, organization: OrganizationId) -> Result<u64, FeedError> {
        Ok(self.shared.log.owner_sequence(organization.uuid()).await?)
    }

    /// The public event of an entry; `None` for what the log says of itself.
    pub(crate) async fn shown(&self, stored: &StoredEntry) -> Result<Option<PublicEvent>, FeedError> {
        self.shared.event(stored).await
    }

    /// The owner sequence of an organization's last event up to a position of the whole log;
    /// 0 if there is none. Both only ever grow, so it is found by halving.
    pub async fn sequence_at(&self, organization: OrganizationId, position: u64) -> Result<u64, FeedError> {
        let (mut before, mut beyond) = (0, self.end(organization).await? + 1);
        while beyond - before > 1 {
            let middle = before + (beyond - before) / 2;
            let page = self.shared.log.read_owner(organization.uuid(), middle - 1, 1).await?;
            match page.first() {
                Some(stored) if stored.position <= position => before = middle,
                Some(_) | None => beyond = middle,
            }
        }
        Ok(before)
    }

    /// The event of an organization with this owner sequence.
    pub async fn event(&self, organization: OrganizationId, sequence: u64) -> Result<Option<PublicEvent>, FeedError> {
        let Some(before) = sequence.checked_sub(1) else { return Ok(None) };
        let page = self.shared.log.read_owner(organization.uuid(), before, 1).await?;
        match page.first() {
            Some(stored) => self.shared.event(stored).await,
            None => Ok(None),
        }
    }

    /// How many subscriptions there are.
    #[must_use]
    pub fn subscribers(&self) -> usize {
        self.shared.live.receiver_count()
    }

    /// The events that a scope sees after the one with this owner sequence; 0: from the first
    /// on. The scope is asked this often whether it still stands; the stream ends with the
    /// first error.
    pub fn subscribe(
        &self,
        scope: Arc<dyn Scope>,
        after: u64,
        recheck: Duration,
    ) -> impl Stream<Item = Result<Arc<PublicEvent>, Ended>> + Send + use<> {
        Subscription::new(self.shared.clone(), self.shared.live.subscribe(), scope, after, recheck).into_stream()
    }
}

impl Shared {
    /// Sends what is new. An entry that cannot be shown leaves a gap, and whoever
    /// subscribes to its owner learns why when it reads on from the log.
    async fn publish(&self, page: &[StoredEntry]) {
        if self.live.receiver_count() == 0 {
            return;
        }
        for stored in page {
            match self.event(stored).await {
                // Nobody listening any more is no failure.
                Ok(Some(event)) => drop(self.live.send(Arc::new(event))),
                Ok(None) => {}
                Err(error) => tracing::error!(position = stored.position, %error, "an entry cannot be shown"),
            }
        }
    }

    /// The public event of an entry; `None` for what the log says of itself.
    pub(crate) async fn event(&self, stored: &StoredEntry) -> Result<Option<PublicEvent>, FeedError> {
        let Some(decoded) = event::decode(stored)? else { return Ok(None) };
        let project = self.places.project(&self.log, &decoded).await?;
        Ok(Some(event::public(&decoded, project)?))
    }

    /// The events of an organization after a sequence, at most a page.
    pub(crate) async fn after(&self, owner: uuid::Uuid, sequence: u64) -> Result<Vec<Arc<PublicEvent>>, FeedError> {
        let page = self.log.read_owner(owner, sequence, BEHIND).await?;
        let mut events = Vec::with_capacity(page.len());
        for stored in &page {
            events.extend(self.event(stored).await?.map(Arc::new));
        }
        Ok(events)
    }
}
