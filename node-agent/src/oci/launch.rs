//! Launching: makes a workload run, whatever of it is there already, and starts nothing twice.

use std::time::Duration;

use bollard::query_parameters::CreateContainerOptionsBuilder;
use gpuaas_domain::node_protocol::output::{ExecutorOutput, Failure, FailureCode, Step, StepKind};
use gpuaas_domain::node_protocol::task::MountMode;

use super::output::{self, marked_failed, step};
use super::sight::Found;
use super::{Docker, ENGINE, container, failure, isolation, labels};
use crate::executor::{Host, Motion, Sighting, ended, left_off};
use crate::inventory;
use crate::journal::Work;

/// Seconds that a workload has to end after it was not ready in time.
const GRACE: u32 = 5;
/// How often and how long apart a container is looked for that is being made.
const ATTEMPTS: u32 = 100;
pub(super) const PAUSE: Duration = Duration::from_millis(100);

impl Docker {
    /// Makes a workload run and waits until it is ready.
    pub(super) async fn run(&self, work: &Work, host: &dyn Host) -> ExecutorOutput {
        let mut steps = Vec::new();
        match self.try_to_run(work, host, &mut steps).await {
            Ok(sighting) => output::of(work, &sighting, steps),
            Err(failure) => {
                let left = self.leave(work, failure.code).await;
                marked_failed(output::failed(work, left.as_ref(), steps, failure))
            }
        }
    }

    async fn try_to_run(&self, work: &Work, host: &dyn Host, steps: &mut Vec<Step>) -> Result<Sighting, Failure> {
        possible(work)?;
        let name = labels::name(work.instance(), work.generation);
        match self.find(work.instance(), work.generation).await? {
            Some(found) => {
                drop(isolation::ensure().await?);
                self.adopt(work, &found, host, steps).await?;
            }
            None => self.create(work, &name, host, steps).await?,
        }
        let found = self.find(work.instance(), work.generation).await?;
        match found.as_ref().map(|found| found.sighting.motion) {
            Some(Motion::Created) => {
                let started = self.engine.client().await?.start_container(&name, None).await;
                started.map_err(|error| failure::start(&error))?;
                steps.push(step(StepKind::Started));
                host.started();
            }
            Some(Motion::Running | Motion::Paused) => host.started(),
            // It ended before anybody heard that it ran. Starting it again would be a second run.
            Some(Motion::Exited { .. }) | None => {
                let sighting = found.as_ref().map(|found| &found.sighting);
                return Err(ended(ENGINE, work, sighting).history.failure.expect("an end has a reason"));
            }
        }
        let ready = tokio::select! {
            ready = self.ready(work) => ready?,
            () = host.cancelled() => return Err(left_off()),
        };
        steps.push(step(StepKind::Ready));
        Ok(ready.sighting)
    }

    /// Takes a container that is there for the workload's own, if it is.
    async fn adopt(&self, work: &Work, found: &Found, host: &dyn Host, steps: &mut Vec<Step>) -> Result<(), Failure> {
        if found.spec != Some(work.spec_hash) {
            let message = "a container of this generation is there for another specification; remove it";
            return Err(Failure::new(FailureCode::SpecConflict, message));
        }
        self.is_pinned(&work.spec.artifact, &found.sighting.image).await?;
        remember(host, &found.sighting)?;
        steps.push(step(StepKind::Adopted));
        Ok(())
    }

    async fn create(&self, work: &Work, name: &str, host: &dyn Host, steps: &mut Vec<Step>) -> Result<(), Failure> {
        if work.container.is_some() {
            // It was made once. That it is gone now is somebody else's doing, and making it anew would be a second run.
            return Err(ended(ENGINE, work, None).history.failure.expect("an end has a reason"));
        }
        let image = self.image(&work.spec.artifact, host).await?;
        steps.push(step(StepKind::ImageReady));
        // What an earlier launch left, which failed, makes room.
        self.remove_generations(work.instance(), work.generation.saturating_sub(1), GRACE).await?;
        self.make_network(name, work.instance()).await?;
        let mut secrets = Vec::new();
        for secret in &work.spec.artifact.secrets {
            secrets.push((secret.name.to_string(), host.credential(&secret.reference).await?.secret.to_string()));
        }
        let body = container::body(self.node, work, &image, &secrets, isolation::has_ipv6());
        let options = CreateContainerOptionsBuilder::default().name(name).build();
        let created = self.engine.client().await?.create_container(Some(options), body).await;
        let conflict = created.as_ref().is_err_and(failure::is_conflict);
        if !conflict {
            created.map_err(|error| failure::start(&error))?;
        }
        let made = self.appears(work).await?;
        if conflict {
            // An agent that was killed had asked for it, and the engine went on.
            return self.adopt(work, &made, host, steps).await;
        }
        let made = made.sighting;
        if made.image != image {
            let message = "the engine made the container of another image than it was asked for";
            return Err(Failure::new(FailureCode::ImageDigestMismatch, message));
        }
        remember(host, &made)?;
        steps.push(step(StepKind::Created));
        Ok(())
    }

    /// The workload's container, which the engine has made or is about to have made.
    async fn appears(&self, work: &Work) -> Result<Found, Failure> {
        for _ in 0..ATTEMPTS {
            if let Some(found) = self.find(work.instance(), work.generation).await? {
                return Ok(found);
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(Failure::new(FailureCode::StartFailed, "the container was made and is not there"))
    }

    /// What is left after a failure: nothing that runs, and nothing at all if it never ran.
    async fn leave(&self, work: &Work, why: FailureCode) -> Option<Sighting> {
        let name = labels::name(work.instance(), work.generation);
        let found = self.find(work.instance(), work.generation).await.ok().flatten()?.sighting;
        match (found.motion, why) {
            // It is somebody else's.
            (_, FailureCode::SpecConflict) => None,
            // Whoever cancelled it has it removed.
            (_, FailureCode::Cancelled) => Some(found),
            (Motion::Created, _) => {
                // What cannot be removed now is removed with the workload.
                let _ = self.remove_generations(work.instance(), work.generation, 0).await;
                None
            }
            // The engine broke off while the workload ran: the next look will tell.
            (_, FailureCode::RuntimeUnavailable) => Some(found),
            (Motion::Running | Motion::Paused, _) => {
                let _ = self.stop(&name, GRACE).await;
                self.find(work.instance(), work.generation).await.ok().flatten().map(|found| found.sighting)
            }
            (Motion::Exited { .. }, _) => Some(found),
        }
    }
}

/// Whether this node has what the specification asks for.
fn possible(work: &Work) -> Result<(), Failure> {
    let artifact = &work.spec.artifact;
    if inventory::architecture().ok() != Some(artifact.architecture) {
        let message = format!("the image is for {}, and this node is not; choose another node", artifact.architecture);
        return Err(Failure::new(FailureCode::ArchitectureMismatch, message));
    }
    let scratch_alone = work.spec.mounts.iter().all(|mount| match mount.mode {
        MountMode::Scratch => true,
        MountMode::ProjectStorage => false,
    });
    let refusal = "this node has no project storage; choose scratch";
    scratch_alone.then_some(()).ok_or_else(|| Failure::new(FailureCode::MountModeUnavailable, refusal))
}

fn remember(host: &dyn Host, sighting: &Sighting) -> Result<(), Failure> {
    let kept = host.created(&sighting.container, &sighting.image);
    kept.map_err(|error| Failure::new(FailureCode::JournalFailed, error.to_string()))
}
