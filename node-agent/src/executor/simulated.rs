//! An executor that runs nothing: its containers are entries of a table in memory. For agents
//! of which thousands run in one process, on the same protocol as real ones.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt};
use gpuaas_domain::Timestamp;
use gpuaas_domain::bounded::Text;
use gpuaas_domain::id::InstanceId;
use gpuaas_domain::node::RuntimeStatus;
use gpuaas_domain::node_protocol::output::{Cleanup, ExecutorOutput, Failure, FailureCode, Lifecycle, Step, StepKind};
use gpuaas_domain::node_protocol::task::{ConfigDigest, ControlAction, Identity};

use super::{Executor, Host, Motion, Sighting, WrittenLine, ended, failed, left_off};
use crate::clock;
use crate::endpoints;
use crate::journal::Work;

const ENGINE: &str = "simulated";

/// Containers that are not there.
#[derive(Debug)]
pub(crate) struct Simulated {
    start_takes: Duration,
    containers: Mutex<BTreeMap<InstanceId, Sighting>>,
}

impl Simulated {
    /// Containers that take so long to become ready.
    pub(crate) fn new(start_takes: Duration) -> Self {
        Self { start_takes, containers: Mutex::default() }
    }

    fn containers(&self) -> MutexGuard<'_, BTreeMap<InstanceId, Sighting>> {
        self.containers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, instance: InstanceId) -> Option<Sighting> {
        self.containers().get(&instance).cloned()
    }

    fn make(&self, work: &Work, host: &dyn Host) -> Result<(), Failure> {
        let name = format!("simulated-{}-{}", work.instance(), work.generation);
        let image: ConfigDigest = format!("sha256:{}", work.spec_hash).parse().expect("a digest has 64 hex digits");
        let container = Text::clipped(&name);
        host.created(&container, &image)
            .map_err(|error| Failure::new(FailureCode::JournalFailed, error.to_string()))?;
        let started_at = Some(clock::now());
        let sighting = Sighting { container, image, motion: Motion::Running, started_at, finished_at: None };
        self.containers().insert(work.instance(), sighting);
        Ok(())
    }

    fn set(&self, instance: InstanceId, running: bool) {
        if let Some(sighting) = self.containers().get_mut(&instance) {
            match (running, sighting.motion) {
                (true, Motion::Running) => {}
                (true, _) => {
                    sighting.motion = Motion::Running;
                    sighting.started_at = Some(clock::now());
                }
                (false, Motion::Running) => {
                    sighting.motion = Motion::Exited { code: 0, out_of_memory: false };
                    sighting.finished_at = Some(clock::now());
                }
                (false, _) => {}
            }
        }
    }

    fn output(&self, work: &Work, summary: &str) -> ExecutorOutput {
        let Some(sighting) = self.find(work.instance()) else { return ended(ENGINE, work, None) };
        let mut output = ExecutorOutput::untouched(ENGINE, summary);
        let running = sighting.motion == Motion::Running;
        output.lifecycle = if running { Lifecycle::Running } else { Lifecycle::Stopped };
        output.status.container = Some(sighting.container);
        output.status.image = Some(Text::clipped(sighting.image.as_str()));
        output.status.started_at = sighting.started_at;
        output.status.finished_at = sighting.finished_at;
        output.endpoints = endpoints::declared(work);
        let kind = if running { StepKind::Ready } else { StepKind::Exited };
        output.history.steps.push(Step { at: clock::now(), kind });
        output
    }
}

#[async_trait]
impl Executor for Simulated {
    fn engine(&self) -> &'static str {
        ENGINE
    }

    fn is_reachable(&self) -> bool {
        false
    }

    async fn status(&self) -> RuntimeStatus {
        RuntimeStatus {
            engine: Some(Text::clipped(ENGINE)),
            version: Some(Text::clipped(crate::VERSION)),
            isolation: true,
            gpu_support: true,
            problem: None,
        }
    }

    async fn launch(&self, work: &Work, host: &dyn Host) -> ExecutorOutput {
        if self.find(work.instance()).is_none()
            && let Err(failure) = self.make(work, host)
        {
            return failed(ENGINE, failure);
        }
        tokio::select! {
            () = tokio::time::sleep(self.start_takes) => self.output(work, "simulated"),
            () = host.cancelled() => failed(ENGINE, left_off()),
        }
    }

    async fn control(&self, work: &Work, action: ControlAction, _: u32, since: Timestamp) -> ExecutorOutput {
        let instance = work.instance();
        match action {
            ControlAction::Start => self.set(instance, true),
            ControlAction::Stop => self.set(instance, false),
            ControlAction::Restart => {
                let restarted = self.find(instance).and_then(|sighting| sighting.started_at) > Some(since);
                if !restarted {
                    self.set(instance, false);
                }
                self.set(instance, true);
            }
        }
        self.output(work, "simulated")
    }

    async fn remove(&self, identity: &Identity, _: u64, _: u32) -> ExecutorOutput {
        self.containers().remove(&identity.instance);
        let mut output = ExecutorOutput::untouched(ENGINE, "removed");
        output.lifecycle = Lifecycle::Removed;
        output.cleanup = Some(Cleanup { container_removed: true, network_removed: true, scratch_removed: true });
        output
    }

    async fn sight(&self, work: &Work) -> Result<Option<Sighting>, Failure> {
        Ok(self.find(work.instance()))
    }

    async fn changes(&self) -> BoxStream<'static, InstanceId> {
        stream::pending().boxed()
    }

    async fn written(&self, _: &Work, _: i128) -> BoxStream<'static, WrittenLine> {
        stream::empty().boxed()
    }

    async fn address(&self, _: &Work, _: u16) -> Result<SocketAddr, Failure> {
        Err(Failure::new(FailureCode::ExposureUnavailable, "a simulated workload cannot be reached"))
    }
}
