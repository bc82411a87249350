//! Why snapshots are refused, and that they are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use cqrs_es::persist::{
    PersistedEventRepository, PersistedEventStore, PersistenceError, ReplayStream, SerializedEvent, SerializedSnapshot,
};
use cqrs_es::{Aggregate, AggregateError, CqrsFramework, EventStore};
use gpuaas_log::cqrs_es::LogEventRepository;
use gpuaas_log::store::{SqliteLog, SqliteOptions};
use serde_json::{Value, json};

use super::account::{BankAccount, Command};
use super::world::{World, deposited, serialized};

/// A repository that takes whatever it is given, to see what that is.
#[derive(Clone, Default)]
struct Recorder {
    snapshots: Arc<Mutex<Vec<Value>>>,
}

impl PersistedEventRepository for Recorder {
    async fn get_events<A: Aggregate>(&self, _: &str) -> Result<Vec<SerializedEvent>, PersistenceError> {
        Ok(Vec::new())
    }

    async fn get_last_events<A: Aggregate>(&self, _: &str, _: usize) -> Result<Vec<SerializedEvent>, PersistenceError> {
        Ok(Vec::new())
    }

    async fn get_snapshot<A: Aggregate>(&self, _: &str) -> Result<Option<SerializedSnapshot>, PersistenceError> {
        Ok(None)
    }

    async fn persist<A: Aggregate>(
        &self,
        _: &[SerializedEvent],
        snapshot: Option<(String, Value, usize)>,
    ) -> Result<(), PersistenceError> {
        self.snapshots.lock().unwrap().extend(snapshot.map(|(_, aggregate, _)| aggregate));
        Ok(())
    }

    async fn stream_events<A: Aggregate>(&self, _: &str) -> Result<ReplayStream, PersistenceError> {
        Ok(ReplayStream::new(1).1)
    }

    async fn stream_all_events<A: Aggregate>(&self) -> Result<ReplayStream, PersistenceError> {
        Ok(ReplayStream::new(1).1)
    }
}

/// If this fails, cqrs-es no longer does what snapshots are refused for.
#[tokio::test]
async fn cqrs_es_counts_an_event_twice_in_a_snapshot() {
    let recorder = Recorder::default();
    let store = PersistedEventStore::<_, BankAccount>::new_aggregate_store(recorder.clone());
    let bank = CqrsFramework::new(store, vec![], ());
    bank.execute("one", Command::Deposit(10.0)).await.unwrap();
    let snapshots = recorder.snapshots.lock().unwrap();
    assert_eq!(snapshots[..], [json!({"owner": null, "balance": 20.0, "moves": 2})]);
}

#[tokio::test]
async fn a_store_of_snapshots_is_refused_with_the_reason_and_nothing_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteLog::open(SqliteOptions::new(directory.path())).await.unwrap();
    let world = World::on(Arc::new(store)).await;
    let before = world.entries();
    type Store = PersistedEventStore<LogEventRepository, BankAccount>;
    for store in [Store::new_snapshot_store(world.repository(), 2), Store::new_aggregate_store(world.repository())] {
        let refused = store.load_aggregate("one").await.err().unwrap();
        assert!(matches!(&refused, AggregateError::UnexpectedError(_)), "{refused}");
        assert!(refused.to_string().contains("use PersistedEventStore::new_event_store"), "{refused}");
        // Nor does a context that came from elsewhere get one in.
        let context = world.accounts().load_aggregate("one").await.unwrap();
        let events = vec![deposited(1.0), deposited(2.0)];
        assert!(store.commit(events, context, HashMap::new()).await.is_err());
    }
    let update = Some(("one".to_owned(), json!({}), 1));
    let event = serialized("one", 1, &deposited(1.0));
    assert!(world.repository().persist::<BankAccount>(&[event], update).await.is_err());
    assert_eq!(world.entries(), before);
}
