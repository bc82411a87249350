//! A log of a test's own with a repository on it.

use std::io::Cursor;
use std::sync::Arc;

use cqrs_es::persist::{PersistedEventStore, SerializedEvent};
use cqrs_es::{Aggregate as _, DomainEvent as _};
use gpuaas_log::Log;
use gpuaas_log::append::{Actor, Append, Metadata, NewEvent, NewPayload, StreamAppend, StreamId};
use gpuaas_log::appender::{AppenderOptions, Declarations, Genesis, KindDeclaration, SchemaDeclaration};
use gpuaas_log::checkpoint::Signer;
use gpuaas_log::checkpointer::Checkpointer;
use gpuaas_log::cqrs_es::LogEventRepository;
use gpuaas_log::declaration::KindOwner;
use gpuaas_log::entry::Cause;
use gpuaas_log::store::LogStore;
use gpuaas_log::verify::{Options, Report, verify};
use serde_json::{Value, json};
use uuid::Uuid;

use super::account::{BankAccount, Event};

const ORIGIN: &str = "bank.example/log";

/// An event store of accounts.
pub(super) type Store = PersistedEventStore<LogEventRepository, BankAccount>;

/// A log, opened once more by each server.
pub(super) struct World {
    pub(super) log: Log,
    store: Arc<dyn LogStore>,
}

impl World {
    pub(super) async fn on(store: Arc<dyn LogStore>) -> Self {
        let genesis = Genesis {
            origin: ORIGIN.into(),
            log_id: Uuid::from_u128(7),
            keys: vec![signer().verifier().clone()],
            declarations: Declarations {
                kinds: vec![KindDeclaration { kind: "organization".into(), owner: KindOwner::Organization }],
                schemas: vec![SchemaDeclaration {
                    event: "organization.created".into(),
                    schema: 1,
                    blobs: Vec::new(),
                    descriptor: br#"{"type":"object"}"#.to_vec(),
                }],
            },
        };
        let log = Log::create(Arc::clone(&store), &genesis, AppenderOptions::default()).await.unwrap();
        Self { log, store }
    }

    pub(super) fn repository(&self) -> LogEventRepository {
        LogEventRepository::new(self.log.clone())
    }

    pub(super) fn accounts(&self) -> Store {
        Store::new_event_store(self.repository())
    }

    /// Another server on the same store.
    pub(super) async fn another(&self) -> Log {
        Log::open(Arc::clone(&self.store), AppenderOptions::default()).await.unwrap()
    }

    /// Creates an organization.
    pub(super) async fn organization(&self, number: u128) -> Uuid {
        let id = Uuid::from_u128(number);
        let event =
            NewEvent { event: "organization.created".into(), schema: 1, payload: NewPayload::Inline(vec![0x80]) };
        let stream = StreamId::new("organization", id);
        let metadata = Metadata {
            command: "organization.create".into(),
            idempotency: None,
            request: None,
            actor: Actor::system(),
            decision: None,
            trace: [1; 16],
            cause: Cause::None,
        };
        let streams = vec![StreamAppend { stream, owner: Some(id), expected: 0, events: vec![event] }];
        let (guards, claims, blobs) = (Vec::new(), Vec::new(), Vec::new());
        let append = Append { command_id: Uuid::from_u128(number + 1_000), metadata, streams, guards, claims, blobs };
        self.log.append(append).await.unwrap();
        id
    }

    /// What a verifier says of everything, and the bytes of an organization's export.
    pub(super) async fn verified(&self, organization: Option<Uuid>) -> (Report, Vec<u8>) {
        let directory = tempfile::tempdir().unwrap();
        let kept = directory.path().join("checkpoint");
        let checkpointer = Checkpointer::adopt(self.log.clone(), vec![signer()], kept).await.unwrap();
        checkpointer.checkpoint().await.unwrap();
        let export = match organization {
            Some(organization) => self.log.export_owner(organization, Vec::new()).await.unwrap(),
            None => self.log.export_whole(Vec::new()).await.unwrap(),
        };
        (verify(&mut Cursor::new(&export), &Options::default(), &mut |_| {}).unwrap(), export)
    }

    /// How many entries there are.
    pub(super) fn entries(&self) -> u64 {
        *self.log.head().borrow()
    }
}

fn signer() -> Signer {
    Signer::from_seed(ORIGIN, &[7; 32]).unwrap()
}

/// An event as a store hands it to a repository.
pub(super) fn serialized(id: &str, sequence: usize, event: &Event) -> SerializedEvent {
    let (event_type, version) = (event.event_type(), event.event_version());
    let payload = serde_json::to_value(event).unwrap();
    let kind = BankAccount::TYPE.to_owned();
    SerializedEvent::new(id.to_owned(), sequence, kind, event_type, version, payload, json!({"by": "a test"}))
}

/// A deposit.
pub(super) fn deposited(amount: f64) -> Event {
    Event::MoneyDeposited { amount }
}

/// An event that holds any document.
pub(super) fn noted(document: Value) -> Event {
    Event::NotesTaken([("note".to_owned(), document)].into())
}
