//! Damage that nothing but reading all of it finds: a flipped byte on NATS' disk, and a stream
//! that somebody made anew with one entry changed.

use std::path::Path;
use std::time::Duration;

use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::Config;
use gpuaas_relay::jetstream::{EVENTS, log_stream};

use super::platform::Platform;
use super::server::Nats;
use super::subscribers::Following;

/// Flips a byte of a message that has these bytes in it.
fn flip(files: &[impl AsRef<Path>], within: &[u8]) {
    for file in files {
        let mut bytes = std::fs::read(file).unwrap();
        if let Some(at) = bytes.windows(within.len()).position(|window| window == within) {
            bytes[at + within.len() / 2] ^= 1;
            return std::fs::write(file, bytes).unwrap();
        }
    }
    panic!("no file has the message");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_damaged_on_disk_begins_a_generation_with_it() {
    let mut nats = Nats::start();
    let mut platform = Platform::start(&nats).await;
    platform.happen(30).await;
    platform.audited(1).await;
    let (_, position, hash) = platform.events().await[10].clone();
    let entry = platform.log().entry(position).await.unwrap().unwrap();
    nats.stop();
    flip(&nats.files(&log_stream(1)), &entry.bytes);
    flip(&nats.files(EVENTS), hash.as_bytes());
    nats.start_again();
    let mirror = platform.until("a generation begins", |mirror| mirror["generation"] == 2).await;
    assert!(mirror["faults"].as_u64().unwrap() > 0, "{mirror}");
    platform.happen(5).await;
    platform.mirrored().await;
    platform.same_as_log().await;
    let stream = nats.client().await.get_stream(log_stream(2)).await.unwrap();
    assert_eq!(stream.cached_info().state.first_sequence, position);
    // A subscriber from the first event on meets the damaged one, and asks the server.
    let mut following = Following::start(&platform, &nats).await;
    following.has_seen_all(&platform).await;
    assert!(following.brought() >= 30, "the others come over NATS");
    following.end();
    platform.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_that_somebody_changed_is_found_by_the_audit() {
    let mut nats = Nats::start();
    let mut platform = Platform::audited_every(&nats, Duration::from_secs(1)).await;
    let mut following = Following::start(&platform, &nats).await;
    platform.happen(30).await;
    platform.mirrored().await;
    let changed = platform.events().await[20].1;
    // The publisher would mend it before it is done.
    nats.hidden(async |nats| remake(&platform, nats, changed).await).await;
    platform.until("a generation begins", |mirror| mirror["generation"].as_u64() >= Some(2)).await;
    platform.happen(5).await;
    platform.mirrored().await;
    platform.same_as_log().await;
    following.has_seen_all(&platform).await;
    following.end();
    platform.stop().await;
}

/// Makes the first generation anew, with one bit of one entry changed: NATS sees nothing wrong.
async fn remake(platform: &Platform, nats: &Nats, changed: u64) {
    let context = nats.client().await;
    let config: Config = context.get_stream(log_stream(1)).await.unwrap().cached_info().config.clone();
    let end = *platform.log().head().borrow();
    let entries = platform.log().read(0, usize::try_from(end).unwrap()).await.unwrap();
    context.delete_stream(log_stream(1)).await.unwrap();
    let subject = config.subjects[0].clone();
    context.create_stream(config).await.unwrap();
    for stored in entries {
        let mut bytes = stored.bytes.to_vec();
        if stored.position == changed {
            bytes[100] ^= 1;
        }
        let message = PublishMessage::build().payload(bytes.into());
        let ack = context.send_publish(subject.clone(), message).await.unwrap().await.unwrap();
        assert_eq!(ack.sequence, stored.position);
    }
}
