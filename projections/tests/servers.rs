//! Processes that use one log and one read database.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use gpuaas_projections::ReadStore;
use gpuaas_projections::queries::Queries;
use gpuaas_projections::resources::Resources;
use gpuaas_projections::runner::{Projection, Runner, Status};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::database::Database;
use crate::log::TestLog;

/// A process: its own handle to the read database, and a runner. It dies when dropped.
pub(crate) struct Server {
    pub(crate) log: Arc<TestLog>,
    pub(crate) store: ReadStore,
    pub(crate) status: watch::Receiver<Status>,
    runner: JoinHandle<()>,
}

impl Server {
    /// The first one, on a log of its own.
    pub(crate) async fn start(database: &Database) -> Self {
        Self::join(Arc::new(TestLog::create().await), database).await
    }

    /// Another one on the same log.
    pub(crate) async fn join(log: Arc<TestLog>, database: &Database) -> Self {
        Self::with(log, database, Resources::default()).await
    }

    /// One with another projection.
    pub(crate) async fn with(log: Arc<TestLog>, database: &Database, projection: impl Projection) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let id = Uuid::from_u64_pair(1, NUMBER.fetch_add(1, Ordering::Relaxed));
        Self::called(id, log, database, projection).await
    }

    /// One that takes itself for the server of this id.
    pub(crate) async fn called(id: Uuid, log: Arc<TestLog>, database: &Database, projection: impl Projection) -> Self {
        let store = database.open().await;
        let runner = Runner::new(log.log.clone(), store.clone(), projection, id);
        let status = runner.status();
        Self { log, store, status, runner: tokio::spawn(runner.run()) }
    }

    pub(crate) fn queries(&self) -> Queries {
        Queries::new(self.store.clone())
    }

    /// Waits until the status is as wanted.
    pub(crate) async fn until(&self, wanted: impl FnMut(&Status) -> bool) -> Status {
        let mut status = self.status.clone();
        let seen = tokio::time::timeout(Duration::from_secs(20), status.wait_for(wanted)).await;
        seen.unwrap_or_else(|_| panic!("the status stays {:?}", self.status.borrow())).unwrap().clone()
    }

    /// Waits until everything in the log is applied.
    pub(crate) async fn caught_up(&self) {
        let head = *self.log.log.head().borrow();
        self.queries().wait_for(head, Duration::from_secs(20)).await.unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.runner.abort();
    }
}
