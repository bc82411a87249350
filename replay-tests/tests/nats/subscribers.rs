//! A subscriber that follows the rule, beside whatever happens to NATS.

use std::time::Duration;

use gpuaas_sdk::jetstream::{Seen, Source, Subscriber};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::platform::Platform;
use super::server::Nats;

/// How long an event may take that has happened.
const PATIENCE: Duration = Duration::from_secs(120);

/// A subscriber at work.
pub(super) struct Following {
    seen: mpsc::UnboundedReceiver<Seen>,
    task: JoinHandle<()>,
    all: Vec<Seen>,
}

impl Following {
    /// Follows the platform's organization from its first event on.
    pub(super) async fn start(platform: &Platform, nats: &Nats) -> Self {
        let client = async_nats::connect(nats.url()).await.unwrap();
        let mut subscriber = Subscriber::new(client, platform.operator.clone(), platform.organization.as_str(), 0);
        let (tell, seen) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            loop {
                let next = subscriber.next().await.expect("no event contradicts the log");
                if tell.send(next).is_err() {
                    return;
                }
            }
        });
        Self { seen, task, all: Vec::new() }
    }

    /// Waits until it has seen as many events as there are, and no more; fails unless they are
    /// the log's, in order, each once. The hash is compared where NATS brought it.
    pub(super) async fn has_seen_all(&mut self, platform: &Platform) {
        let expected = platform.events().await;
        while self.all.len() < expected.len() {
            let next = tokio::time::timeout(PATIENCE, self.seen.recv()).await;
            let next = next.unwrap_or_else(|_| panic!("{} of {} events came", self.all.len(), expected.len()));
            self.all.push(next.expect("the subscriber goes on"));
        }
        let seen: Vec<_> =
            self.all.iter().map(|seen| (seen.owner_sequence, seen.event["position"].as_u64().unwrap())).collect();
        let there: Vec<_> = expected.iter().map(|(sequence, position, _)| (*sequence, *position)).collect();
        assert_eq!(seen, there);
        for (seen, (sequence, _, hash)) in self.all.iter().zip(&expected) {
            assert!(seen.hash.as_ref().is_none_or(|brought| brought == hash), "the hash of event {sequence}");
        }
    }

    /// How many events NATS brought.
    pub(super) fn brought(&self) -> usize {
        self.all.iter().filter(|seen| seen.source == Source::Nats).count()
    }

    /// Fails if an event came too often.
    pub(super) fn end(mut self) {
        assert!(self.seen.try_recv().is_err(), "nothing comes twice");
        self.task.abort();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_come_over_nats_while_nothing_is_wrong() {
    let nats = Nats::start();
    let mut platform = Platform::start(&nats).await;
    let mut following = Following::start(&platform, &nats).await;
    platform.happen(20).await;
    following.has_seen_all(&platform).await;
    assert_eq!(following.brought(), following.all.len(), "the server need not be asked");
    platform.same_as_log().await;
    let mirror = platform.mirrored().await;
    assert_eq!(
        (mirror["generation"].as_u64(), mirror["lag"].as_u64(), mirror["faults"].as_u64()),
        (Some(1), Some(0), Some(0))
    );
    assert_eq!(platform.metric("gpuaas_mirror_lag").await, Some(0.0));
    assert_eq!(platform.metric("gpuaas_mirror_generation").await, Some(1.0));
    following.end();
    platform.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_away_begins_after_its_last_event() {
    let nats = Nats::start();
    let mut platform = Platform::start(&nats).await;
    platform.happen(5).await;
    let client = async_nats::connect(nats.url()).await.unwrap();
    let mut subscriber = Subscriber::new(client, platform.operator.clone(), platform.organization.as_str(), 4);
    for sequence in 5..=6 {
        assert_eq!(subscriber.next().await.unwrap().owner_sequence, sequence);
    }
    platform.stop().await;
}
