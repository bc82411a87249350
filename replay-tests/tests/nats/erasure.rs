//! What is erased from the log is erased from the mirror, and from the files of NATS.

use std::time::Duration;

use gpuaas_domain::id::{OrganizationId, TypedId as _};
use gpuaas_log::append::{Actor, Append, Metadata, NewEvent, NewPayload, StreamAppend, StreamId};
use gpuaas_log::entry::{Cause, PayloadRef};
use gpuaas_log::hash::Hash;
use gpuaas_log::restore::Source as _;
use gpuaas_relay::jetstream::Mirror;

use super::platform::Platform;
use super::server::Nats;

const PERSONAL: &str = "Acme of a person who asks to be forgotten";

/// Appends a change of the organization's name whose payload can be erased; its position.
async fn detached_change(platform: &Platform) -> u64 {
    let id = platform.organization.parse::<OrganizationId>().unwrap().uuid();
    let stream = StreamId::new("organization", id);
    let expected = platform.log().stream_version(&stream).await.unwrap();
    let last = platform.log().read_stream(&stream, expected - 1, 1).await.unwrap();
    let (event, schema) = last[0].entry().map(|entry| (entry.event.to_owned(), entry.schema)).unwrap();
    let payload = last[0].payload().unwrap().unwrap().to_vec();
    let payload = with_name(&payload);
    let change = NewEvent { event: event.into(), schema, payload: NewPayload::Detached(payload) };
    let metadata = Metadata {
        command: "organization.update".into(),
        idempotency: None,
        request: None,
        actor: Actor::system(),
        decision: None,
        trace: [7; 16],
        cause: Cause::None,
    };
    let streams = vec![StreamAppend { stream, owner: Some(id), expected, events: vec![change] }];
    let command_id = uuid::Uuid::from_u128(rand::random::<u128>() | 1);
    let (guards, claims, blobs) = (Vec::new(), Vec::new(), Vec::new());
    let append = Append { command_id, metadata, streams, guards, claims, blobs };
    *platform.log().append(append).await.unwrap().positions.end()
}

/// The payload with another text of the same kind in place of the name: both are fixed up to
/// MessagePack's `str 8`.
fn with_name(payload: &[u8]) -> Vec<u8> {
    let name = b"Acme 1";
    let at = payload.windows(name.len()).position(|window| window == name).unwrap();
    assert_eq!(payload[at - 1], 0xa0 | u8::try_from(name.len()).unwrap(), "a short text");
    let length = u8::try_from(PERSONAL.len()).unwrap();
    let text = [&[0xd9, length], PERSONAL.as_bytes()].concat();
    [&payload[..at - 1], &text, &payload[at + name.len()..]].concat()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erased_body_is_in_no_file_of_nats() {
    let nats = Nats::start();
    let mut platform = Platform::start(&nats).await;
    platform.happen(1).await;
    let position = detached_change(&platform).await;
    platform.mirrored().await;
    let stored = platform.log().entry(position).await.unwrap().unwrap();
    let PayloadRef::Detached { digest, .. } = stored.entry().unwrap().payload else { panic!("it is detached") };
    let mirror = Mirror::open(&platform.settings).await.unwrap();
    let body = mirror.body(digest).await.unwrap().expect("it is beside the entries");
    assert_eq!(Hash::of_detached(&body), digest);
    assert!(nats.has_on_disk(PERSONAL.as_bytes()), "the search finds what is there");
    platform.log().erase_payload(vec![position], "asked for".to_owned()).await.unwrap();
    platform.mirrored().await;
    assert_eq!(mirror.body(digest).await.unwrap(), None);
    platform.same_as_log().await;
    // NATS writes what it does in the background.
    let gone = async {
        while nats.has_on_disk(PERSONAL.as_bytes()) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.expect("it is in a file of NATS still");
    platform.stop().await;
}
