//! What is said of a workload, from what is there of it.

use gpuaas_domain::bounded::Text;
use gpuaas_domain::node_protocol::output::{ExecutorOutput, Failure, Lifecycle, Step, StepKind};

use super::ENGINE;
use crate::clock;
use crate::endpoints;
use crate::executor::{Motion, Sighting};
use crate::journal::Work;

/// The output of a workload that is as it should be.
pub(super) fn of(work: &Work, sighting: &Sighting, steps: Vec<Step>) -> ExecutorOutput {
    let (lifecycle, summary) = match sighting.motion {
        Motion::Running | Motion::Paused => (Lifecycle::Running, "the workload runs"),
        Motion::Created | Motion::Exited { .. } => (Lifecycle::Stopped, "the workload is stopped"),
    };
    let mut output = ExecutorOutput::untouched(ENGINE, summary);
    output.lifecycle = lifecycle;
    output.status.container = Some(sighting.container.clone());
    output.status.image = Some(Text::clipped(sighting.image.as_str()));
    output.status.started_at = sighting.started_at;
    if let Motion::Exited { code, .. } = sighting.motion {
        output.status.exit_code = Some(code);
        output.status.finished_at = sighting.finished_at;
    }
    output.endpoints = endpoints::declared(work);
    output.history.steps = steps;
    output
}

/// The output of a workload with which something went wrong.
pub(super) fn failed(work: &Work, sighting: Option<&Sighting>, steps: Vec<Step>, failure: Failure) -> ExecutorOutput {
    let mut output = match sighting {
        Some(sighting) => of(work, sighting, steps),
        None => ExecutorOutput::untouched(ENGINE, ""),
    };
    output.status.summary = failure.message.clone();
    output.history.failure = Some(failure);
    output
}

/// A step that was taken now.
pub(super) fn step(kind: StepKind) -> Step {
    Step { at: clock::now(), kind }
}

/// As failed, whatever is left of it.
pub(super) fn marked_failed(mut output: ExecutorOutput) -> ExecutorOutput {
    output.lifecycle = Lifecycle::Failed;
    output
}
