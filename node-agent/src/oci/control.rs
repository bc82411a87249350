//! Starting, stopping, restarting and removing a workload that is there.

use bollard::query_parameters::{RemoveContainerOptionsBuilder, StopContainerOptionsBuilder};
use gpuaas_domain::Timestamp;
use gpuaas_domain::bounded::Text;
use gpuaas_domain::id::InstanceId;
use gpuaas_domain::node::RuntimeStatus;
use gpuaas_domain::node_protocol::output::{Cleanup, ExecutorOutput, Failure, FailureCode, Lifecycle, StepKind};
use gpuaas_domain::node_protocol::task::ControlAction;

use super::output::{self, marked_failed, step};
use super::{Docker, ENGINE, failure, isolation, labels};
use crate::executor::{Motion, Sighting, ended, failed};
use crate::journal::Work;

impl Docker {
    /// What the engine can do.
    pub(super) async fn runtime_status(&self) -> RuntimeStatus {
        let isolation = isolation::probe().await;
        let mut status = RuntimeStatus {
            engine: None,
            version: None,
            isolation: isolation.is_ok(),
            gpu_support: false,
            problem: isolation.err().map(|failure| failure.message),
        };
        match self.describe(&mut status).await {
            Ok(()) => {}
            Err(failure) => status.problem = Some(failure.message),
        }
        status
    }

    async fn describe(&self, status: &mut RuntimeStatus) -> Result<(), Failure> {
        let client = self.engine.client().await?;
        let version = client.version().await.map_err(|error| failure::runtime(&error))?;
        let info = client.info().await.map_err(|error| failure::runtime(&error))?;
        status.engine = Some(Text::clipped(ENGINE));
        status.version = version.version.as_deref().map(Text::clipped);
        status.gpu_support = info.runtimes.is_some_and(|runtimes| runtimes.contains_key("nvidia"));
        Ok(())
    }

    /// Starts, stops or restarts.
    pub(super) async fn steer(
        &self,
        work: &Work,
        action: ControlAction,
        grace_seconds: u32,
        since: Timestamp,
    ) -> ExecutorOutput {
        let before = match self.find(work.instance(), work.generation).await {
            Ok(Some(found)) => found.sighting,
            Ok(None) => return ended(ENGINE, work, None),
            // Whatever it is, it is as it was reported.
            Err(failure) => return unchanged(work, failure),
        };
        let name = labels::name(work.instance(), work.generation);
        let done = match action {
            ControlAction::Start => self.start(work, &name, &before).await,
            ControlAction::Stop => self.stop(&name, grace_seconds).await,
            ControlAction::Restart if before.started_at > Some(since) => self.start(work, &name, &before).await,
            ControlAction::Restart => match self.stop(&name, grace_seconds).await {
                Ok(()) => self.start(work, &name, &before).await,
                failed => failed,
            },
        };
        let after = self.find(work.instance(), work.generation).await.ok().flatten().map(|found| found.sighting);
        match (done, after) {
            (Ok(()), Some(after)) => {
                let kind = if after.motion == Motion::Running { StepKind::Ready } else { StepKind::Exited };
                output::of(work, &after, vec![step(kind)])
            }
            (Ok(()), None) => ended(ENGINE, work, None),
            (Err(failure), Some(after)) if after.motion == Motion::Running => {
                output::failed(work, Some(&after), Vec::new(), failure)
            }
            (Err(failure), after) => marked_failed(output::failed(work, after.as_ref(), Vec::new(), failure)),
        }
    }

    async fn start(&self, work: &Work, name: &str, before: &Sighting) -> Result<(), Failure> {
        drop(isolation::ensure().await?);
        self.is_pinned(&work.spec.artifact, &before.image).await?;
        match self.engine.client().await?.start_container(name, None).await {
            Ok(()) => {}
            Err(error) if failure::is_done_already(&error) => {}
            Err(error) => return Err(failure::start(&error)),
        }
        self.ready(work).await.map(drop)
    }

    /// Ends a container and keeps it.
    pub(super) async fn stop(&self, name: &str, grace_seconds: u32) -> Result<(), Failure> {
        let grace = i32::try_from(grace_seconds).unwrap_or(i32::MAX);
        let options = StopContainerOptionsBuilder::default().t(grace).build();
        match self.engine.client().await?.stop_container(name, Some(options)).await {
            Ok(()) => Ok(()),
            Err(error) if failure::is_done_already(&error) => Ok(()),
            Err(error) => Err(failure::runtime(&error)),
        }
    }

    /// Removes a container, running or not.
    pub(super) async fn remove_container(&self, name: &str) -> Result<(), Failure> {
        let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        match self.engine.client().await?.remove_container(name, Some(options)).await {
            Ok(()) => Ok(()),
            Err(error) if failure::is_not_found(&error) => Ok(()),
            Err(error) => Err(failure::runtime(&error)),
        }
    }

    /// Removes all that belongs to a workload, up to a generation.
    pub(super) async fn clear(&self, instance: InstanceId, generation: u64, grace_seconds: u32) -> ExecutorOutput {
        match self.try_to_clear(instance, generation, grace_seconds).await {
            Ok(()) => {
                let mut output = ExecutorOutput::untouched(ENGINE, "the workload is removed");
                output.lifecycle = Lifecycle::Removed;
                output.history.steps.push(step(StepKind::Removed));
                // Scratch space is memory of the container.
                output.cleanup =
                    Some(Cleanup { container_removed: true, network_removed: true, scratch_removed: true });
                output
            }
            Err(failure) => failed(ENGINE, failure),
        }
    }

    async fn try_to_clear(&self, instance: InstanceId, generation: u64, grace_seconds: u32) -> Result<(), Failure> {
        // Somebody else's container under the workload's name is left alone, and said.
        self.find(instance, generation).await?;
        self.remove_generations(instance, generation, grace_seconds).await?;
        if self.find(instance, generation).await?.is_some() {
            return Err(Failure::new(FailureCode::RuntimeUnavailable, "the engine did not remove the container"));
        }
        Ok(())
    }
}

fn unchanged(work: &Work, failure: Failure) -> ExecutorOutput {
    let mut output = work.reported.clone().unwrap_or_else(|| ExecutorOutput::untouched(ENGINE, ""));
    output.status.summary = failure.message.clone();
    output.history.failure = Some(failure);
    output
}
