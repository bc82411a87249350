//! The agent at work: everything that runs at once, and what it shares.

mod adopt;
mod heartbeat;
mod host;
mod lanes;
mod node;
mod session;
mod start;
mod tasks;
mod tunnel;
mod watching;

pub use start::run;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use gpuaas_domain::bounded::Text;
use gpuaas_domain::id::{InstanceId, NodeId, TaskId};
use gpuaas_domain::node::Inventory;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::endpoints::Endpoints;
use crate::executor::Executor;
use crate::gateway::Gateway;
use crate::journal::{Journal, JournalError, Work};
use crate::logs::{Followers, Logs};
use crate::report::Reporter;
use lanes::Lanes;

/// What all parts of a running agent share.
struct Agent {
    node: NodeId,
    boot_id: Text<40>,
    inventory: Inventory,
    gateway: Arc<Gateway>,
    journal: Arc<Journal>,
    reporter: Arc<Reporter>,
    executor: Arc<dyn Executor>,
    endpoints: Endpoints,
    logs: Arc<Logs>,
    followers: Followers,
    lanes: Lanes,
    /// What a running task listens to for being cancelled.
    cancels: Mutex<BTreeMap<TaskId, CancellationToken>>,
    /// Workloads that are being looked at, so that a busy one is not looked at in a queue.
    looked_at: Mutex<BTreeSet<InstanceId>>,
    /// Time between attestations, as the server wants it.
    attest_every: watch::Sender<Duration>,
    /// The first thing that ends the agent.
    fatal: mpsc::Sender<JournalError>,
}

impl Agent {
    /// What the journal says of a workload now.
    fn work(&self, instance: InstanceId) -> Option<Work> {
        self.journal.read(|state| state.works.get(&instance).cloned())
    }

    /// Ends the agent if its journal failed: it must not act on what it cannot write down.
    fn kept(&self, result: Result<(), JournalError>) -> bool {
        match result {
            Ok(()) => true,
            Err(error) => {
                // A full channel has an earlier failure in it, which says more.
                let _ = self.fatal.try_send(error);
                false
            }
        }
    }

    fn cancel_token(&self, task: TaskId) -> CancellationToken {
        self.cancels.lock().unwrap_or_else(PoisonError::into_inner).entry(task).or_default().clone()
    }

    fn forget_cancel(&self, task: TaskId) {
        self.cancels.lock().unwrap_or_else(PoisonError::into_inner).remove(&task);
    }
}
