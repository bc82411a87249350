//! Several publishers on one log, and one that is started anew.

use std::collections::BTreeSet;

use gpuaas_relay::Feed;
use gpuaas_relay::jetstream::{EVENTS, Publisher, header};

use super::platform::Platform;
use super::server::Nats;
use super::subscribers::Following;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_publishers_publish_everything_once() {
    let nats = Nats::start();
    let mut platform = Platform::start(&nats).await;
    let others: Vec<_> = (0..3)
        .map(|_| {
            let feed = Feed::new(platform.log().clone());
            let publisher = Publisher::new(platform.log().clone(), feed, platform.settings.clone());
            tokio::spawn(publisher.run())
        })
        .collect();
    platform.happen(100).await;
    platform.mirrored().await;
    // One ends in the middle, and another begins.
    others[0].abort();
    let feed = Feed::new(platform.log().clone());
    let another = tokio::spawn(Publisher::new(platform.log().clone(), feed, platform.settings.clone()).run());
    platform.happen(50).await;
    platform.mirrored().await;
    platform.same_as_log().await;
    let positions = published(&nats).await;
    let once: BTreeSet<u64> = positions.iter().copied().collect();
    assert_eq!(positions.len(), once.len(), "no event is there twice");
    assert!(positions.is_sorted(), "they are in the log's order");
    let mut following = Following::start(&platform, &nats).await;
    following.has_seen_all(&platform).await;
    assert_eq!(platform.mirror().await["faults"], 0);
    following.end();
    for other in others.into_iter().chain([another]) {
        other.abort();
    }
    platform.stop().await;
}

/// The positions of all events, as the stream has them.
async fn published(nats: &Nats) -> Vec<u64> {
    let stream = nats.client().await.get_stream(EVENTS).await.unwrap();
    let mut positions = Vec::new();
    for sequence in 1..=stream.cached_info().state.last_sequence {
        let message = stream.get_raw_message(sequence).await.unwrap();
        positions.push(message.headers.get(header::POSITION).unwrap().as_str().parse().unwrap());
    }
    positions
}
