//! Outputs that say what went wrong.

use gpuaas_domain::node_protocol::output::{ExecutorOutput, Failure, FailureCode, Lifecycle, Step, StepKind};

use super::{Motion, Sighting};
use crate::clock;
use crate::journal::Work;

/// What is said of a workload that failed before it had a container.
pub(crate) fn failed(engine: &str, failure: Failure) -> ExecutorOutput {
    let mut output = ExecutorOutput::untouched(engine, &failure.message);
    output.lifecycle = Lifecycle::Failed;
    output.history.failure = Some(failure);
    output
}

/// The server took the task back.
pub(crate) fn left_off() -> Failure {
    Failure::new(FailureCode::Cancelled, "the launch was cancelled")
}

/// What is said of a workload that was reported running and is not.
pub(crate) fn ended(engine: &str, work: &Work, sighting: Option<&Sighting>) -> ExecutorOutput {
    let failure = match sighting.map(|sighting| sighting.motion) {
        None => {
            Failure::new(FailureCode::ContainerRemoved, "the container was removed by somebody else; launch it anew")
        }
        Some(Motion::Exited { out_of_memory: true, .. }) => {
            Failure::new(FailureCode::OutOfMemory, "the workload needed more memory than it has; launch it with more")
        }
        Some(Motion::Exited { code, .. }) => {
            Failure::new(FailureCode::ContainerExited, format!("the container ended by itself with exit code {code}"))
        }
        Some(Motion::Created | Motion::Running | Motion::Paused) => {
            Failure::new(FailureCode::ContainerExited, "the container does not run")
        }
    };
    let mut output = failed(engine, failure);
    output.endpoints = work.reported.as_ref().map(|last| last.endpoints.clone()).unwrap_or_default();
    output.status.container = work.container.as_ref().map(|container| container.id.clone());
    if let Some(sighting) = sighting {
        output.status.started_at = sighting.started_at;
        output.status.finished_at = sighting.finished_at;
        if let Motion::Exited { code, .. } = sighting.motion {
            output.status.exit_code = Some(code);
        }
    }
    let at = sighting.and_then(|sighting| sighting.finished_at).unwrap_or_else(clock::now);
    output.history.steps.push(Step { at, kind: StepKind::Exited });
    output
}
