//! Watching: what happens to workloads without a task, and that they run.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use gpuaas_domain::id::InstanceId;
use gpuaas_domain::node_protocol::output::Lifecycle;
use gpuaas_domain::node_protocol::report::MAX_ITEMS;

use super::Agent;
use crate::executor::Sighting;

/// The engine says when something happens; this is for what it did not say.
const SWEEP: Duration = Duration::from_secs(5);

impl Agent {
    /// Looks at workloads when something happens to them, and at all of them now and then.
    pub(super) async fn watch_forever(self: Arc<Self>) {
        loop {
            let mut changes = self.executor.changes().await;
            let mut sweep = tokio::time::interval(SWEEP);
            loop {
                tokio::select! {
                    change = changes.next() => match change {
                        Some(instance) => self.look_at(instance),
                        None => break,
                    },
                    _ = sweep.tick() => self.running().into_iter().for_each(|instance| self.look_at(instance)),
                }
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// Attests what runs, as often as the server wants it.
    pub(super) async fn attest_forever(self: Arc<Self>) {
        let mut every = self.attest_every.subscribe();
        loop {
            let period = *every.borrow_and_update();
            tokio::select! {
                () = tokio::time::sleep(period) => {
                    for some in self.running().chunks(MAX_ITEMS) {
                        self.attest(some).await;
                    }
                }
                _ = every.changed() => {}
            }
        }
    }

    /// Attests workloads up to now.
    pub(super) async fn attest(&self, instances: &[InstanceId]) {
        let sighted = self.sight(instances).await;
        self.kept(self.reporter.report_with(&sighted, Vec::new()));
    }

    /// Those of the workloads that have a container.
    pub(super) async fn sight(&self, instances: &[InstanceId]) -> Vec<(InstanceId, Sighting)> {
        let mut sighted = Vec::new();
        for instance in instances {
            if let Some(work) = self.work(*instance)
                && let Ok(Some(sighting)) = self.executor.sight(&work).await
            {
                sighted.push((*instance, sighting));
            }
        }
        sighted
    }

    /// Compares a workload with what is there, after whatever is under way with it.
    pub(super) fn look_at(self: &Arc<Self>, instance: InstanceId) {
        if !self.looked_at.lock().unwrap_or_else(PoisonError::into_inner).insert(instance) {
            return;
        }
        let mut turn = self.lanes.enter(Some(instance));
        let agent = Arc::clone(self);
        tokio::spawn(async move {
            turn.come().await;
            agent.looked_at.lock().unwrap_or_else(PoisonError::into_inner).remove(&instance);
            agent.compare(instance).await;
        });
    }

    fn running(&self) -> Vec<InstanceId> {
        self.journal.read(|state| {
            let works = state.works.values().filter(|work| work.lifecycle() == Lifecycle::Running);
            works.map(crate::journal::Work::instance).collect()
        })
    }
}
