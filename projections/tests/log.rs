//! A real log for a test, in a folder of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gpuaas_domain::Kind;
use gpuaas_log::Log;
use gpuaas_log::append::{Actor, Append, Appended, Metadata, Name, NewEvent, NewPayload, StreamAppend, StreamId};
use gpuaas_log::appender::{AppenderOptions, Declarations, Genesis, KindDeclaration, SchemaDeclaration};
use gpuaas_log::checkpoint::Signer;
use gpuaas_log::declaration::KindOwner;
use gpuaas_log::entry::Cause;
use gpuaas_log::store::{SqliteLog, SqliteOptions};
use tempfile::TempDir;
use uuid::Uuid;

use crate::history::Step;

/// An event of a known kind that this program does not know.
pub(crate) const NEWER_EVENT: &str = "organization.teleported";
/// A kind that this program does not know, and its event.
pub(crate) const NEWER_KIND: (&str, &str) = ("wormhole", "wormhole.opened");

const ORIGIN: &str = "log.example/test";

/// A log that declares everything of the domain, and what a newer program would write.
pub(crate) struct TestLog {
    pub(crate) log: Log,
    _directory: TempDir,
}

impl TestLog {
    pub(crate) async fn create() -> Self {
        let directory = TempDir::new().unwrap();
        let store = SqliteLog::open(SqliteOptions::new(directory.path())).await.unwrap();
        let genesis = Genesis {
            origin: ORIGIN.into(),
            log_id: fresh_id(),
            keys: vec![Signer::generate(ORIGIN).unwrap().verifier().clone()],
            declarations: declarations(),
        };
        let log = Log::create(Arc::new(store), &genesis, AppenderOptions::default()).await.unwrap();
        Self { log, _directory: directory }
    }

    pub(crate) async fn append(&self, step: &Step) -> Appended {
        let events = step.events.iter().map(|(event, schema, payload)| NewEvent {
            event: Name::Borrowed(event),
            schema: *schema,
            payload: NewPayload::Inline(payload.clone()),
        });
        let stream = StreamAppend {
            stream: StreamId::new(step.kind, step.id),
            owner: step.owner,
            expected: step.expected,
            events: events.collect(),
        };
        let append = Append {
            command_id: fresh_id(),
            metadata: metadata(),
            streams: vec![stream],
            guards: Vec::new(),
            claims: Vec::new(),
            blobs: Vec::new(),
        };
        self.log.append(append).await.unwrap()
    }
}

/// The process itself, for no reason.
fn metadata() -> Metadata {
    Metadata {
        command: Name::Borrowed("test.append"),
        idempotency: None,
        request: None,
        actor: Actor::system(),
        decision: None,
        trace: [1; 16],
        cause: Cause::None,
    }
}

fn declarations() -> Declarations {
    let kinds = Kind::ALL.iter().map(|kind| kind.as_str()).chain([NEWER_KIND.0]);
    let events = Kind::ALL.iter().flat_map(|kind| kind.schemas()).map(|entry| (entry.event, entry.schema));
    Declarations {
        kinds: kinds.map(|kind| KindDeclaration { kind: kind.into(), owner: KindOwner::Either }).collect(),
        schemas: events
            .chain([(NEWER_EVENT, 1), (NEWER_KIND.1, 1)])
            .map(|(event, schema)| SchemaDeclaration {
                event: event.into(),
                schema,
                blobs: Vec::new(),
                descriptor: br#"{"type":"object"}"#.to_vec(),
            })
            .collect(),
    }
}

fn fresh_id() -> Uuid {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u64_pair(2, NUMBER.fetch_add(1, Ordering::Relaxed))
}
