//! Strangers who may publish where only the platform should.

use async_nats::jetstream::message::PublishMessage;
use gpuaas_relay::jetstream::{EVENTS, header, log_stream, subject};
use gpuaas_sdk::jetstream::{Error, Subscriber};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::platform::Platform;
use super::server::Nats;
use super::subscribers::Following;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_message_among_the_entries_begins_a_generation() {
    let nats = Nats::start();
    let mut platform = Platform::start(&nats).await;
    platform.happen(10).await;
    platform.mirrored().await;
    let foreign = PublishMessage::build().payload("not an entry".into());
    let context = nats.client().await;
    let ack = context.send_publish("gpuaas-log.1", foreign).await.unwrap().await.unwrap();
    platform.until("a generation begins", |mirror| mirror["generation"] == 2).await;
    platform.happen(10).await;
    platform.mirrored().await;
    platform.same_as_log().await;
    let first = context.get_stream(log_stream(2)).await.unwrap().cached_info().state.first_sequence;
    assert_eq!(first, ack.sequence);
    // Another one further down: the second generation is of no more use then, and goes.
    let foreign = PublishMessage::build().payload("not an entry either".into());
    context.send_publish("gpuaas-log.2", foreign).await.unwrap().await.unwrap();
    platform.until("a generation begins", |mirror| mirror["generation"] == 3).await;
    platform.happen(1).await;
    platform.mirrored().await;
    platform.same_as_log().await;
    platform.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_foreign_message_among_the_events_is_removed() {
    let nats = Nats::start();
    let mut platform = Platform::start(&nats).await;
    let mut following = Following::start(&platform, &nats).await;
    platform.happen(10).await;
    following.has_seen_all(&platform).await;
    platform.mirrored().await;
    let context = nats.client().await;
    let organization = platform.organization.parse().unwrap();
    let place = subject(Some(organization), "project", "project.created");
    let ack = context.publish(place, "{\"owner_sequence\": 999}".into()).await.unwrap().await.unwrap();
    let mut stream = context.get_stream(EVENTS).await.unwrap();
    while stream.get_raw_message(ack.sequence).await.is_ok() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    platform.happen(10).await;
    platform.mirrored().await;
    following.has_seen_all(&platform).await;
    assert!(platform.mirror().await["faults"].as_u64().unwrap() > 0);
    assert!(stream.info().await.unwrap().state.last_sequence > ack.sequence, "it goes on after it");
    following.end();
    platform.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_event_is_told_when_the_log_goes_on() {
    let nats = Nats::start();
    let mut platform = Platform::start(&nats).await;
    platform.happen(3).await;
    platform.mirrored().await;
    let (last, _, hash) = platform.events().await.pop().unwrap();
    let client = async_nats::connect(nats.url()).await.unwrap();
    let mut subscriber = Subscriber::new(client, platform.operator.clone(), platform.organization.as_str(), 0);
    while subscriber.next().await.unwrap().owner_sequence < last {}
    let context = nats.client().await;
    let place = subject(Some(platform.organization.parse().unwrap()), "organization", "organization.updated");
    context.send_publish(place, forged(last + 1, &hash)).await.unwrap().await.unwrap();
    let taken = subscriber.next().await.unwrap();
    assert_eq!((taken.owner_sequence, &taken.event["event"]), (last + 1, &json!("organization.forged")));
    platform.happen(1).await;
    let told = subscriber.next().await;
    assert!(matches!(told, Err(Error::Contradiction(sequence)) if sequence == last + 1), "{told:?}");
    platform.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forged_payload_under_a_true_hash_is_removed_and_told_to_whoever_took_it() {
    let nats = Nats::start();
    let mut platform = Platform::trusting(&nats).await;
    platform.happen(3).await;
    platform.mirrored().await;
    let (last, position, _) = platform.events().await.pop().unwrap();
    let context = nats.client().await;
    let mut stream = context.get_stream(EVENTS).await.unwrap();
    let end = stream.info().await.unwrap().state.last_sequence;
    let genuine = stream.get_raw_message(end).await.unwrap();
    let event: serde_json::Value = serde_json::from_slice(&genuine.payload).unwrap();
    assert_eq!(event["position"], position, "it is the last one");
    let mut forged = event.clone();
    forged["payload"]["display_name"] = json!("Forged");
    let payload = serde_json::to_vec(&forged).unwrap();
    let mut headers = async_nats::HeaderMap::new();
    for name in
        [header::LOG, header::GENERATION, header::POSITION, header::OWNER_SEQUENCE, header::HASH, header::PREVIOUS]
    {
        headers.insert(name, genuine.headers.get(name).unwrap().clone());
    }
    headers.insert(header::DIGEST, hex::encode(Sha256::digest(&payload)));
    stream.delete_message(end).await.unwrap();
    let place = PublishMessage::build().headers(headers).payload(payload.into());
    let put = context.send_publish(genuine.subject.clone(), place).await.unwrap().await.unwrap().sequence;
    let client = async_nats::connect(nats.url()).await.unwrap();
    let mut subscriber = Subscriber::new(client, platform.operator.clone(), platform.organization.as_str(), 0);
    let taken = loop {
        let seen = subscriber.next().await.unwrap();
        if seen.owner_sequence == last {
            break seen;
        }
    };
    assert_eq!(taken.event["payload"]["display_name"], "Forged");
    platform.happen(1).await;
    platform.mirrored().await;
    // The genuine one stands there again, before what has happened since.
    assert!(stream.get_raw_message(put).await.is_err(), "the forged one is removed");
    let again = stream.get_raw_message(put + 1).await.unwrap();
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&again.payload).unwrap(), event);
    let told = subscriber.next().await;
    assert!(matches!(told, Err(Error::Contradiction(sequence)) if sequence == last), "{told:?}");
    platform.stop().await;
}

/// A message that nobody can tell from the next event by itself.
fn forged(owner_sequence: u64, previous: &str) -> PublishMessage {
    let position = 1_000_000;
    let event = json!({"owner_sequence": owner_sequence, "position": position, "event": "organization.forged"});
    let payload = serde_json::to_vec(&event).unwrap();
    PublishMessage::build()
        .header(header::OWNER_SEQUENCE, owner_sequence.to_string())
        .header(header::POSITION, position.to_string())
        .header(header::HASH, "ab".repeat(32))
        .header(header::PREVIOUS, previous)
        .header(header::DIGEST, hex::encode(Sha256::digest(&payload)))
        .payload(payload.into())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nats_with_another_log_is_not_written_to() {
    let nats = Nats::start();
    let platform = Platform::start(&nats).await;
    let before = platform.mirrored().await;
    let other = Platform::unmirrored(&nats).await;
    let mirror = other.until("it is refused", |mirror| mirror["fault"].is_string()).await;
    let fault = mirror["fault"].as_str().unwrap();
    assert!(fault.contains(&platform.log().log_id().simple().to_string()), "{fault}");
    assert_eq!((mirror["connected"].as_bool(), mirror["position"].as_u64()), (Some(false), Some(0)));
    platform.same_as_log().await;
    assert_eq!(platform.mirror().await["position"], before["position"]);
    other.stop().await;
    platform.stop().await;
}
