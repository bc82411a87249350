//! NATS gone for a while; back as it was, empty, or without its last messages. What is ten
//! minutes in production is seconds here: nothing in the way depends on how long it was.

use serde_json::Value;

use super::platform::Platform;
use super::server::Nats;
use super::subscribers::Following;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happened_while_nats_was_gone_is_there_when_it_is_back() {
    let mut nats = Nats::start();
    let mut platform = Platform::start(&nats).await;
    let mut following = Following::start(&platform, &nats).await;
    platform.happen(10).await;
    following.has_seen_all(&platform).await;
    nats.kill();
    // Appends go on, the server stays ready, and the subscriber goes on with it.
    platform.happen(30).await;
    following.has_seen_all(&platform).await;
    let lags = |mirror: &Value| mirror["connected"] == false && mirror["lag"].as_u64().unwrap() >= 30;
    let mirror = platform.until("it is told that the mirror lags", lags).await;
    assert!(mirror["fault"].as_str().unwrap().contains("NATS"), "{mirror}");
    assert_eq!(platform.metric("gpuaas_mirror_connected").await, Some(0.0));
    nats.start_again();
    platform.mirrored().await;
    platform.happen(10).await;
    let mirror = platform.mirrored().await;
    assert_eq!(mirror["generation"], 1, "nothing was lost");
    following.has_seen_all(&platform).await;
    platform.same_as_log().await;
    following.end();
    platform.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_nats_is_filled_from_the_first_entry_in_a_new_generation() {
    let mut nats = Nats::start();
    let mut platform = Platform::start(&nats).await;
    let mut following = Following::start(&platform, &nats).await;
    platform.happen(20).await;
    following.has_seen_all(&platform).await;
    nats.kill();
    nats.wipe();
    platform.happen(5).await;
    nats.start_again();
    platform.until("a generation begins", |mirror| mirror["generation"] == 2).await;
    platform.happen(5).await;
    platform.mirrored().await;
    following.has_seen_all(&platform).await;
    platform.same_as_log().await;
    following.end();
    platform.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_thousand_messages_are_published_again() {
    let mut nats = Nats::start();
    let mut platform = Platform::start(&nats).await;
    platform.happen(20).await;
    platform.mirrored().await;
    nats.stop();
    let copy = nats.copy();
    nats.start_again();
    let mut following = Following::start(&platform, &nats).await;
    platform.happen(1_000).await;
    following.has_seen_all(&platform).await;
    platform.mirrored().await;
    nats.stop();
    nats.put_back(&copy);
    nats.start_again();
    platform.happen(1).await;
    let mirror = platform.mirrored().await;
    assert_eq!(mirror["generation"], 1, "what is lost at the end is written again in the same generation");
    assert!(mirror["faults"].as_u64().unwrap() > 0, "it is noticed: {mirror}");
    platform.happen(5).await;
    following.has_seen_all(&platform).await;
    platform.same_as_log().await;
    following.end();
    // Somebody new gets all of it over NATS.
    let mut anew = Following::start(&platform, &nats).await;
    anew.has_seen_all(&platform).await;
    anew.end();
    platform.stop().await;
}
