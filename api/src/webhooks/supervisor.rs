//! Lets every webhook that there is have its sender.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use gpuaas_domain::id::{TypedId as _, WebhookId};
use gpuaas_domain::webhook::Webhook;
use gpuaas_projections::queries::{Filter, MAX_LIMIT, Page, Queries, QueryError};
use gpuaas_projections::{Deliveries, ReadStore};
use tokio::sync::Semaphore;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use super::Settings;
use super::sender::Sending;
use super::turns::Turns;
use crate::app::Shared;

/// The actor that disables webhooks, which never changes.
pub(super) const ID: Uuid = Uuid::from_u128(0x0192_f0a1_0000_7000_8000_0000_0000_0014);
/// Requests that a server has under way at a time.
const REQUESTS: usize = 256;
/// The same for the webhooks of one organization.
const REQUESTS_OF_ONE: usize = 16;
/// Dead letters that are sent again at a time.
const LETTERS: usize = 32;
/// How long a dead letter is another server's: longer than its turn and its attempt take.
const LEASE: Duration = Duration::from_secs(120);

/// Sends until it is dropped. `server` holds the webhooks that are sent to.
pub(crate) async fn run(app: Shared, read: ReadStore, settings: Settings, server: Uuid) {
    let mut tick = tokio::time::interval(settings.look_every);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let sending = Arc::new(Sending {
        app,
        places: Deliveries::new(read.clone()),
        settings,
        server,
        turns: Turns::new(REQUESTS, REQUESTS_OF_ONE),
    });
    let letters = Arc::new(Semaphore::new(LETTERS));
    let queries = Queries::new(read);
    let mut tasks = JoinSet::new();
    let mut senders: HashMap<WebhookId, AbortHandle> = HashMap::new();
    loop {
        tick.tick().await;
        while let Some(ended) = tasks.try_join_next() {
            if let Err(error) = ended {
                tracing::error!(%error, "a sender of webhooks broke; it is started again");
            }
        }
        senders.retain(|_, sender| !sender.is_finished());
        match active(&queries).await {
            Ok(webhooks) => {
                for webhook in webhooks {
                    senders.entry(webhook).or_insert_with(|| tasks.spawn(sending.clone().run(webhook)));
                }
            }
            Err(error) => tracing::warn!(%error, "the webhooks cannot be listed; it is tried again"),
        }
        let mut free = Vec::new();
        while let Ok(one) = letters.clone().try_acquire_owned() {
            free.push(one);
        }
        let (most, now) = (u32::try_from(free.len()).unwrap_or(u32::MAX), sending.app.now());
        match sending.places.take_due(most, now, now.plus_seconds(LEASE.as_secs())).await {
            Ok(taken) => {
                for (letter, one) in taken.into_iter().zip(free) {
                    let sending = sending.clone();
                    tasks.spawn(async move {
                        sending.redeliver(&letter).await;
                        drop(one);
                    });
                }
            }
            Err(error) => tracing::warn!(%error, "the dead letters cannot be read; it is tried again"),
        }
    }
}

/// Every webhook that is enabled.
async fn active(queries: &Queries) -> Result<Vec<WebhookId>, QueryError> {
    let filter = Filter { statuses: ["active".to_owned()].into(), ..Filter::default() };
    let mut webhooks = Vec::new();
    let mut page = Page { limit: MAX_LIMIT, ..Page::default() };
    loop {
        let listed = queries.list_typed::<Webhook>(&filter, &page).await?;
        webhooks.extend(listed.resources.iter().map(|webhook| WebhookId::from_uuid(webhook.id)));
        match listed.next {
            Some(next) => page.cursor = Some(next),
            None => return Ok(webhooks),
        }
    }
}
