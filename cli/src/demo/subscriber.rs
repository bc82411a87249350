//! A subscriber follows the tenant's events over NATS JetStream, from the first to the invoice.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use gpuaas_log::hash::Hash;
use gpuaas_sdk::jetstream::{Seen, Source, Subscriber};

use super::stage::{Stage, Tenant};
use super::story::Recorded;

/// Longest wait for the invoice's event.
const PATIENCE: Duration = Duration::from_secs(30);

/// Plays it, until the event of the entry that issued the invoice has come.
pub(super) async fn play(stage: &mut Stage, tenant: &Tenant, invoice: Recorded) -> Result<()> {
    let Some(nats) = stage.nats.clone() else {
        let why = "left out, since it needs a NATS with JetStream: name one with --nats-url";
        return stage.story.show("subscriber", why);
    };
    let following = tokio::time::timeout(PATIENCE, over_nats(&nats, tenant, invoice.position));
    let (seen, hash) = following.await.context("no events came over NATS; is this one with JetStream?")??;
    let entry = Hash::of_entry(&tenant.admin.get_log_entry(invoice.position).await?);
    ensure!(hash == entry.to_string(), "NATS says that the invoice's entry has the hash {hash}; it has {entry}");
    let text =
        format!("{seen} events over JetStream, none missing and none twice; the invoice's has the hash of its entry");
    stage.story.show("subscriber", &text)
}

/// Follows the tenant's events until NATS brings all of them; whatever it is slow to bring is
/// asked of the server, and then it is not what this is to show.
async fn over_nats(nats: &str, tenant: &Tenant, position: u64) -> Result<(usize, String)> {
    loop {
        let mut subscriber = Subscriber::connect(nats, tenant.admin.clone(), tenant.organization.as_str(), 0).await?;
        let events = follow(&mut subscriber, position).await?;
        let by_nats = events.iter().all(|seen| seen.source == Source::Nats);
        if let (true, Some(hash)) = (by_nats, events.last().and_then(|seen| seen.hash.clone())) {
            return Ok((events.len(), hash));
        }
    }
}

/// Takes events up to that of a position.
async fn follow(subscriber: &mut Subscriber, position: u64) -> Result<Vec<Seen>> {
    let mut events: Vec<Seen> = Vec::new();
    loop {
        let seen = subscriber.next().await?;
        let last = events.last().map_or(0, |last| last.owner_sequence);
        ensure!(seen.owner_sequence == last + 1, "event {} came after event {last}", seen.owner_sequence);
        let is_last = seen.event["position"] == position;
        events.push(seen);
        if is_last {
            return Ok(events);
        }
    }
}
