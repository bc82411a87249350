//! The log that crash tests append to, and the appends: each adds two entries to the
//! stream of a lane and guards it with its organization, so that a half append shows.

use gpuaas_log::append::{Actor, Append, Decision, Guard, Metadata, NewEvent, NewPayload, StreamAppend, StreamId};
use gpuaas_log::appender::{AppenderOptions, Declarations, Genesis, KindDeclaration, SchemaDeclaration};
use gpuaas_log::checkpoint::Signer;
use gpuaas_log::declaration::KindOwner;
use gpuaas_log::entry::Cause;
use gpuaas_log::hash::Hash;
use uuid::Uuid;

/// Entries of each append.
pub const ENTRIES: u64 = 2;
const ORGANIZATIONS: u64 = 8;
const ORIGIN: &str = "crash.example/log";

/// The key that signs the log's checkpoints.
#[must_use]
pub fn signer() -> Signer {
    Signer::from_seed(ORIGIN, &[7; 32]).expect("the origin is good")
}

/// The log.
#[must_use]
pub fn genesis() -> Genesis {
    let kind = |kind: &'static str| KindDeclaration { kind: kind.into(), owner: KindOwner::Organization };
    let schema = |event: &'static str| SchemaDeclaration {
        event: event.into(),
        schema: 1,
        blobs: Vec::new(),
        descriptor: br#"{"type":"object"}"#.to_vec(),
    };
    Genesis {
        origin: ORIGIN.into(),
        log_id: Uuid::from_u128(1),
        keys: vec![signer().verifier().clone()],
        declarations: Declarations {
            kinds: ["organization", "lane"].map(kind).into(),
            schemas: ["organization.created", "lane.moved"].map(schema).into(),
        },
    }
}

/// Heads now and then, as a server commits them.
#[must_use]
pub fn options() -> AppenderOptions {
    AppenderOptions { heads_after_entries: Some(500), ..AppenderOptions::default() }
}

fn organization(number: u64) -> StreamId {
    StreamId::new("organization", Uuid::from_u64_pair(0x0190_0000_0000_7000, number + 1))
}

/// The stream of a lane.
#[must_use]
pub fn stream(lane: u64) -> StreamId {
    StreamId::new("lane", Uuid::from_u64_pair(0x0190_0000_0000_7001, lane + 1))
}

/// Creates the organizations.
pub fn organizations() -> impl Iterator<Item = Append> {
    (0..ORGANIZATIONS).map(|number| {
        let stream = organization(number);
        let owner = Some(stream.id);
        let events = vec![event("organization.created")];
        append(Uuid::from_bytes(rand::random()), StreamAppend { stream, owner, expected: 0, events }, None)
    })
}

/// Moves a lane on from a version.
#[must_use]
pub fn move_lane(command_id: Uuid, lane: u64, expected: u64) -> Append {
    let organization = organization(lane % ORGANIZATIONS);
    let events = (0..ENTRIES).map(|_| event("lane.moved")).collect();
    let moved = StreamAppend { stream: stream(lane), owner: Some(organization.id), expected, events };
    append(command_id, moved, Some(Guard { stream: organization, version: 1 }))
}

fn event(event: &'static str) -> NewEvent {
    // {"text": "moved"}
    let fields = b"\x81\xa4text\xa5moved".to_vec();
    NewEvent { event: event.into(), schema: 1, payload: NewPayload::Inline(fields) }
}

fn append(command_id: Uuid, stream: StreamAppend, guard: Option<Guard>) -> Append {
    let metadata = Metadata {
        command: "lane.move".into(),
        idempotency: Some(Hash::of_blob(command_id.as_bytes())),
        request: None,
        actor: Actor { kind: "user".into(), id: Some(Uuid::from_u128(2)), token: None, on_behalf_of: None },
        decision: Some(Decision { rule_set: Hash([3; 32]), rules: Vec::new() }),
        trace: *command_id.as_bytes(),
        cause: Cause::None,
    };
    Append {
        command_id,
        metadata,
        streams: vec![stream],
        guards: guard.into_iter().collect(),
        claims: Vec::new(),
        blobs: Vec::new(),
    }
}
