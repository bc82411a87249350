//! A small log that grows, and is signed.

use std::sync::Arc;

use gpuaas_log::Log;
use gpuaas_log::append::{
    Actor, Append, ClaimChange, Decision, Metadata, Name, NewEvent, NewPayload, StreamAppend, StreamId,
};
use gpuaas_log::appender::{AppenderOptions, Declarations, Genesis, KindDeclaration, SchemaDeclaration};
use gpuaas_log::checkpoint::{SignedCheckpoint, Signer};
use gpuaas_log::checkpointer::Checkpointer;
use gpuaas_log::declaration::KindOwner;
use gpuaas_log::entry::Cause;
use gpuaas_log::hash::Hash;
use gpuaas_log::payload;
use gpuaas_log::restore::{Options, RestoreError, Restored};
use gpuaas_log::store::LogStore;
use gpuaas_relay::archive::{ArchiveSource, Archiver, Objects};
use serde::Serialize;
use tempfile::TempDir;
use uuid::Uuid;

use super::place::LogPlace;

const ORIGIN: &str = "example.org/log";
/// An event that a log declares when it is asked to.
const LATER: &str = "project.artifact_replaced";
/// What is said in a detached body.
pub(crate) const SECRET: &str = "what one person said to another";

pub(crate) fn signer() -> Signer {
    Signer::from_seed(ORIGIN, &[7; 32]).unwrap()
}

fn id(number: u64) -> Uuid {
    Uuid::from_u64_pair(0x0190_0000_0000_7000, number + 1)
}

fn schema(event: &'static str, blobs: &[&'static str]) -> SchemaDeclaration {
    SchemaDeclaration {
        event: event.into(),
        schema: 1,
        blobs: blobs.iter().map(|field| Name::from(*field)).collect(),
        descriptor: format!(r#"{{"title":"{event}","type":"object"}}"#).into_bytes(),
    }
}

fn genesis() -> Genesis {
    let kind = |kind: &'static str, owner| KindDeclaration { kind: kind.into(), owner };
    Genesis {
        origin: ORIGIN.into(),
        log_id: id(999_999),
        keys: vec![signer().verifier().clone()],
        declarations: Declarations {
            kinds: vec![kind("organization", KindOwner::Organization), kind("project", KindOwner::Organization)],
            schemas: vec![
                schema("organization.created", &[]),
                schema("project.created", &[]),
                schema("project.said", &[]),
                schema("project.artifact_added", &["manifest"]),
            ],
        },
    }
}

/// A log that is open, with a checkpointer.
pub(crate) struct World {
    pub(crate) log: Log,
    pub(crate) checkpointer: Checkpointer,
    projects: u64,
    _kept: TempDir,
}

impl World {
    pub(crate) async fn new(place: &LogPlace) -> Self {
        let log = Log::create(place.open().await, &genesis(), AppenderOptions::default()).await.unwrap();
        let created = vec![event("organization.created", NewPayload::Inline(text("acme")))];
        log.append(append(StreamId::new("organization", id(10)), created)).await.unwrap();
        Self::of(log).await
    }

    /// Of a log that was opened.
    pub(crate) async fn of(log: Log) -> Self {
        let kept = tempfile::tempdir().unwrap();
        let file = kept.path().join("checkpoint");
        let checkpointer = Checkpointer::adopt(log.clone(), vec![signer()], file).await.unwrap();
        Self { log, checkpointer, projects: 0, _kept: kept }
    }

    /// Appends so many projects, each with a claim, a blob and a detached body. Answers the
    /// positions of the bodies' entries.
    pub(crate) async fn grow(&mut self, projects: u64) -> Vec<u64> {
        let mut said = Vec::new();
        for _ in 0..projects {
            self.projects += 1;
            let number = self.projects;
            let manifest: Arc<[u8]> = format!(r#"{{"layers":[{number}]}}"#).into_bytes().into();
            let names_it = naming(Hash::of_blob(&manifest));
            let mut append = append(
                StreamId::new("project", id(number)),
                vec![
                    event("project.created", NewPayload::Inline(text("a project"))),
                    event("project.artifact_added", NewPayload::Inline(names_it)),
                    event("project.said", NewPayload::Detached(text(&format!("{number}: {SECRET}")))),
                ],
            );
            append.blobs = vec![manifest];
            let name = Hash([u8::try_from(number).unwrap(); 32]);
            append.claims = vec![ClaimChange { scope: "project.name".into(), name, takes: true }];
            said.push(*self.log.append(append).await.unwrap().positions.end());
        }
        said
    }

    /// Declares another event whose payloads name blobs.
    pub(crate) async fn declare_more(&self) {
        let declarations = Declarations { kinds: Vec::new(), schemas: vec![schema(LATER, &["manifest"])] };
        self.log.declare(declarations).await.unwrap();
    }

    /// Appends a project with an event that was declared later, and the blob that it names.
    pub(crate) async fn use_later(&mut self) -> Hash {
        self.projects += 1;
        let manifest: Arc<[u8]> = format!(r#"{{"later":[{}]}}"#, self.projects).into_bytes().into();
        let digest = Hash::of_blob(&manifest);
        let mut append = append(
            StreamId::new("project", id(self.projects)),
            vec![
                event("project.created", NewPayload::Inline(text("a project"))),
                event(LATER, NewPayload::Inline(naming(digest))),
            ],
        );
        append.blobs = vec![manifest];
        self.log.append(append).await.unwrap();
        digest
    }

    /// Goes on with another number, in a log that was made elsewhere.
    pub(crate) async fn grow_from(&mut self, number: u64, projects: u64) {
        self.projects = number;
        self.grow(projects).await;
    }

    /// The last checkpoint covers everything.
    pub(crate) async fn sign_nothing_new(&self) {
        assert_eq!(self.checkpointer.checkpoint().await.unwrap(), None);
    }

    /// Signs a checkpoint of everything.
    pub(crate) async fn sign(&self) -> SignedCheckpoint {
        self.checkpointer.checkpoint().await.unwrap().expect("there is something new")
    }

    /// Grows, and signs a checkpoint of it.
    pub(crate) async fn sign_later(&mut self) -> SignedCheckpoint {
        self.grow(1).await;
        self.sign().await
    }

    /// Grows and signs, so many times.
    pub(crate) async fn live(&mut self, times: u64) {
        for _ in 0..times {
            self.grow(2).await;
            self.sign().await;
        }
    }

    /// Archives everything that is signed.
    pub(crate) async fn archive(&self, objects: &Objects) -> u64 {
        Archiver::open(self.log.clone(), objects.clone()).await.unwrap().advance().await.unwrap()
    }

    /// Position and hash of the last entry.
    pub(crate) async fn head(&self) -> (u64, Hash) {
        let position = *self.log.head().borrow();
        (position, self.log.entry(position).await.unwrap().unwrap().hash())
    }
}

/// A payload that names a blob in its field `manifest`.
fn naming(blob: Hash) -> Vec<u8> {
    [&b"\x81\xa8manifest\xc4\x20"[..], &blob.0].concat()
}

#[derive(Serialize)]
struct Fields {
    text: String,
}

fn text(text: &str) -> Vec<u8> {
    payload::encode(&Fields { text: text.to_owned() }).unwrap()
}

fn event(event: &'static str, payload: NewPayload) -> NewEvent {
    NewEvent { event: event.into(), schema: 1, payload }
}

fn append(stream: StreamId, events: Vec<NewEvent>) -> Append {
    Append {
        command_id: Uuid::from_bytes(rand::random()),
        metadata: Metadata {
            command: "test.do".into(),
            idempotency: None,
            request: None,
            actor: Actor { kind: "user".into(), id: Some(id(1)), token: None, on_behalf_of: None },
            decision: Some(Decision { rule_set: Hash([3; 32]), rules: vec!["rule.a".into()] }),
            trace: [1; 16],
            cause: Cause::None,
        },
        streams: vec![StreamAppend { stream, owner: Some(id(10)), expected: 0, events }],
        guards: Vec::new(),
        claims: Vec::new(),
        blobs: Vec::new(),
    }
}

/// Restores from an archive.
pub(crate) async fn restore(store: &dyn LogStore, objects: &Objects) -> Result<Restored, RestoreError> {
    restore_with(store, objects, &Options::default()).await
}

pub(crate) async fn restore_with(
    store: &dyn LogStore,
    objects: &Objects,
    options: &Options,
) -> Result<Restored, RestoreError> {
    let source = ArchiveSource::open(objects.clone()).await.unwrap();
    Log::restore(store, &source, options).await
}

pub(crate) fn accepting() -> Options {
    Options { accept_losses: true, ..Options::default() }
}

pub(crate) async fn is_empty(store: &dyn LogStore) -> bool {
    store.head().await.unwrap().row.position == 0 && store.rows(0, 1).await.unwrap().is_empty()
}
