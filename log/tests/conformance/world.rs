//! A small world to append to: what its log declares, and what is said in it.

use std::io::Cursor;
use std::sync::Arc;

use gpuaas_log::append::{
    Actor, Append, AppendError, Appended, ClaimChange, Decision, Guard, Metadata, Name, NewEvent, NewPayload,
    StreamAppend, StreamId,
};
use gpuaas_log::appender::{AppenderOptions, Declarations, Genesis, KindDeclaration, SchemaDeclaration};
use gpuaas_log::checkpoint::Signer;
use gpuaas_log::checkpointer::Checkpointer;
use gpuaas_log::declaration::KindOwner;
use gpuaas_log::entry::{Cause, Owner};
use gpuaas_log::hash::Hash;
use gpuaas_log::log::Log;
use gpuaas_log::payload;
use gpuaas_log::verify::{Options, Report, verify};
use serde::Serialize;
use uuid::Uuid;

use super::place::Place;

pub(super) const ORIGIN: &str = "example.org/log";

pub(super) fn signer() -> Signer {
    Signer::from_seed(ORIGIN, &[7; 32]).unwrap()
}

/// Ids that are told apart by their number.
pub(super) fn id(number: u64) -> Uuid {
    Uuid::from_u64_pair(0x0190_0000_0000_7000, number + 1)
}

pub(super) fn new_id() -> Uuid {
    Uuid::from_bytes(rand::random())
}

pub(super) fn declarations() -> Declarations {
    let kind = |kind: &'static str, owner| KindDeclaration { kind: kind.into(), owner };
    let schema = |event: &'static str, blobs: &[&'static str]| SchemaDeclaration {
        event: event.into(),
        schema: 1,
        blobs: blobs.iter().map(|field| Name::from(*field)).collect(),
        descriptor: br#"{"type":"object"}"#.to_vec(),
    };
    Declarations {
        kinds: vec![
            kind("organization", KindOwner::Organization),
            kind("project", KindOwner::Organization),
            kind("node", KindOwner::Platform),
        ],
        schemas: vec![
            schema("organization.created", &[]),
            schema("organization.renamed", &[]),
            schema("project.created", &[]),
            schema("project.changed", &[]),
            schema("project.artifact_added", &["manifest"]),
            schema("node.enrolled", &[]),
        ],
    }
}

pub(super) fn genesis() -> Genesis {
    Genesis {
        origin: ORIGIN.into(),
        log_id: id(999_999),
        keys: vec![signer().verifier().clone()],
        declarations: declarations(),
    }
}

pub(super) async fn new_log(place: &impl Place) -> Log {
    new_log_with(place, AppenderOptions::default()).await
}

pub(super) async fn new_log_with(place: &impl Place, options: AppenderOptions) -> Log {
    Log::create(place.open().await, &genesis(), options).await.unwrap()
}

pub(super) async fn reopen(place: &impl Place, log: Log) -> Log {
    log.close().await;
    Log::open(place.open().await, AppenderOptions::default()).await.unwrap()
}

#[derive(Serialize)]
struct Fields {
    text: String,
}

pub(super) fn fields(text: &str) -> Vec<u8> {
    payload::encode(&Fields { text: text.to_owned() }).unwrap()
}

pub(super) fn metadata() -> Metadata {
    Metadata {
        command: "test.do".into(),
        idempotency: None,
        request: None,
        actor: Actor { kind: "user".into(), id: Some(id(1)), token: None, on_behalf_of: None },
        decision: Some(Decision { rule_set: Hash([3; 32]), rules: vec!["rule.b".into(), "rule.a".into()] }),
        trace: [1; 16],
        cause: Cause::None,
    }
}

pub(super) fn event(event: &'static str) -> NewEvent {
    NewEvent { event: event.into(), schema: 1, payload: NewPayload::Inline(fields(event)) }
}

pub(super) fn on(stream: StreamId, owner: Owner, expected: u64, events: Vec<NewEvent>) -> StreamAppend {
    StreamAppend { stream, owner, expected, events }
}

pub(super) fn append(streams: Vec<StreamAppend>) -> Append {
    Append {
        command_id: new_id(),
        metadata: metadata(),
        streams,
        guards: Vec::new(),
        claims: Vec::new(),
        blobs: Vec::new(),
    }
}

pub(super) fn organization(org: Uuid) -> StreamId {
    StreamId::new("organization", org)
}

pub(super) fn project(number: u64) -> StreamId {
    StreamId::new("project", id(number))
}

pub(super) fn create_organization(org: Uuid) -> Append {
    append(vec![on(organization(org), Some(org), 0, vec![event("organization.created")])])
}

pub(super) fn create_project(org: Uuid, number: u64) -> Append {
    append(vec![on(project(number), Some(org), 0, vec![event("project.created")])])
}

pub(super) fn change_project(org: Uuid, number: u64, expected: u64) -> Append {
    append(vec![on(project(number), Some(org), expected, vec![event("project.changed")])])
}

pub(super) fn enroll_node(number: u64) -> Append {
    append(vec![on(StreamId::new("node", id(number)), None, 0, vec![event("node.enrolled")])])
}

pub(super) fn take(name: u8) -> ClaimChange {
    ClaimChange { scope: "project.name".into(), name: Hash([name; 32]), takes: true }
}

pub(super) fn release(name: u8) -> ClaimChange {
    ClaimChange { takes: false, ..take(name) }
}

pub(super) fn guard(stream: StreamId, version: u64) -> Guard {
    Guard { stream, version }
}

/// A log with one organization.
pub(super) async fn log_with_organization(place: &impl Place) -> (Log, Uuid) {
    let log = new_log(place).await;
    let org = id(10);
    log.append(create_organization(org)).await.unwrap();
    (log, org)
}

/// Appends from so many callers at once, in this order of arrival.
pub(super) async fn append_all(log: &Log, appends: Vec<Append>) -> Vec<Result<Appended, AppendError>> {
    futures::future::join_all(appends.into_iter().map(|append| log.append(append))).await
}

/// Exports the log up to a new checkpoint, which a checkpointer in `directory` signs.
pub(super) async fn export(log: &Log) -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("checkpoint");
    let checkpointer = Checkpointer::adopt(log.clone(), vec![signer()], file).await.unwrap();
    checkpointer.checkpoint().await.unwrap();
    log.export_whole(Vec::new()).await.unwrap()
}

/// Verifies an export, and says what it is.
pub(super) fn verified(export: Vec<u8>) -> Report {
    verify(&mut Cursor::new(export), &Options::default(), &mut |_| {}).unwrap()
}

/// Exports and verifies.
pub(super) async fn verify_all(log: &Log) -> Report {
    verified(export(log).await)
}

pub(super) fn manifest() -> Arc<[u8]> {
    br#"{"layers":[]}"#[..].into()
}
