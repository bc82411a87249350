//! What the agent does for an executor while it launches.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use gpuaas_domain::bounded::Text;
use gpuaas_domain::id::{InstanceId, TaskId};
use gpuaas_domain::node_protocol::credential::{Credential, CredentialRequest};
use gpuaas_domain::node_protocol::output::{Failure, FailureCode};
use gpuaas_domain::node_protocol::path;
use gpuaas_domain::node_protocol::progress::PullProgress;
use gpuaas_domain::node_protocol::task::ConfigDigest;
use tokio_util::sync::CancellationToken;

use super::Agent;
use crate::executor::Host;
use crate::journal::{JournalError, Record};

/// Progress is told no more often than this.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);

/// The agent, for one launch.
pub(super) struct TaskHost {
    agent: Arc<Agent>,
    task: TaskId,
    instance: InstanceId,
    cancelled: CancellationToken,
    told: Mutex<Option<Instant>>,
}

impl TaskHost {
    pub(super) fn new(agent: Arc<Agent>, task: TaskId, instance: InstanceId, cancelled: CancellationToken) -> Self {
        Self { agent, task, instance, cancelled, told: Mutex::default() }
    }

    fn is_due(&self) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let due = told.is_none_or(|told| told.elapsed() >= PROGRESS_EVERY);
        if due {
            *told = Some(Instant::now());
        }
        due
    }
}

#[async_trait]
impl Host for TaskHost {
    async fn credential(&self, reference: &Text<120>) -> Result<Credential, Failure> {
        let request = CredentialRequest { task: self.task, reference: reference.clone() };
        let answer = self.agent.gateway.post(path::CREDENTIALS, &request).await;
        answer.map_err(|error| Failure::new(FailureCode::CredentialRefused, error.to_string()))
    }

    async fn cancelled(&self) {
        self.cancelled.cancelled().await;
    }

    fn created(&self, container: &Text<80>, image: &ConfigDigest) -> Result<(), JournalError> {
        let (instance, container, image) = (self.instance, container.clone(), image.clone());
        self.agent.journal.append(&Record::Container { instance, container, image })
    }

    fn started(&self) {
        if let Some(work) = self.agent.work(self.instance) {
            let (logs, executor) = (Arc::clone(&self.agent.logs), Arc::clone(&self.agent.executor));
            self.agent.followers.follow(work, logs, executor);
        }
    }

    fn pulled(&self, (layers_done, layers_total): (u32, u32), (bytes_done, bytes_total): (u64, u64)) {
        let complete = layers_done == layers_total;
        if complete || self.is_due() {
            let (task, instance) = (self.task, self.instance);
            let progress = PullProgress { task, instance, layers_done, layers_total, bytes_done, bytes_total };
            let agent = Arc::clone(&self.agent);
            tokio::spawn(async move {
                // The next one says more, so this one is not sent twice.
                let _ = agent.gateway.tell(path::PROGRESS, &progress).await;
            });
        }
    }
}
