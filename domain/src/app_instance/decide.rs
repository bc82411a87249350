//! The rules of an app instance.

use super::command::{Command, Observation, Rejection};
use super::event::{
    AppTokenDelivered, DecommissionReason, DecommissionRequested, Decommissioned, Deploying, Event, Failed,
    InstanceFailure, RemovalFailed, RestartRequested, Running, StartRequested, StopRequested, Stopped, TaskAction,
    TaskQueued, ValidationWaited, Waiting,
};
use super::phase::Phase;
use super::state::{AppInstance, Instance};
use crate::aggregate::Aggregate;
use crate::bounded::Text;
use crate::id::{InstanceId, TaskId};
use crate::node_protocol::output::{ExecutorOutput, FailureCode, Lifecycle};
use crate::text::{self, MAX_DISPLAY_NAME};

impl Aggregate for AppInstance {
    const KIND: &'static str = "app_instance";
    type Id = InstanceId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match (self, command) {
            (Self::Absent, Command::Request(requested)) => {
                text::line("display_name", &requested.display_name, MAX_DISPLAY_NAME)?;
                Ok(vec![requested.into()])
            }
            (Self::Absent, _) => Err(Rejection::Absent),
            (Self::Present(_), Command::Request(_)) => Err(Rejection::Exists),
            (Self::Present(instance), Command::Wait(waiting)) => instance.wait(waiting),
            (Self::Present(instance), Command::Reject(failure)) => instance.reject(failure),
            (Self::Present(instance), Command::QueueTask { task }) => instance.queue(task),
            (Self::Present(instance), Command::Observe { task, observation }) => {
                Ok(instance.observe(task, observation).into_iter().collect())
            }
            (Self::Present(instance), Command::ObserveWorkload { generation, output }) => {
                Ok(instance.observe_workload(generation, &output).into_iter().collect())
            }
            (Self::Present(instance), Command::Stop) => instance.stop(),
            (Self::Present(instance), Command::Start) => instance.start(),
            (Self::Present(instance), Command::Restart) => instance.restart(),
            (Self::Present(instance), Command::Cancel) => instance.cancel(),
            (Self::Present(instance), Command::Decommission(reason)) => Ok(instance.decommission(reason)),
            (Self::Present(instance), Command::DeliverAppToken) if instance.phase.is_ending() => {
                Err(Rejection::Ending(instance.phase))
            }
            (Self::Present(_), Command::DeliverAppToken) => Ok(vec![AppTokenDelivered {}.into()]),
            (Self::Present(instance), Command::Abandon) => Ok(instance.abandon()),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::Requested(requested)) => Self::Present(Box::new(Instance::new((**requested).clone()))),
            (Self::Absent, _) => Self::Absent,
            (Self::Present(mut instance), event) => {
                instance.take(event);
                Self::Present(instance)
            }
        }
    }
}

impl Instance {
    fn wait(&self, waiting: Waiting) -> Result<Vec<Event>, Rejection> {
        if !self.phase.is_before_node() {
            return Err(Rejection::NothingToQueue);
        }
        let known = self.phase == Phase::Validating && self.waiting == Some(waiting);
        Ok((!known).then(|| ValidationWaited { waiting }.into()).into_iter().collect())
    }

    fn reject(&self, failure: InstanceFailure) -> Result<Vec<Event>, Rejection> {
        if !self.phase.is_before_node() {
            return Err(Rejection::NothingToQueue);
        }
        Ok(vec![Failed { failure }.into()])
    }

    fn queue(&self, task: TaskId) -> Result<Vec<Event>, Rejection> {
        let action = self.pending.ok_or(Rejection::NothingToQueue)?;
        let generation = match action {
            TaskAction::Launch => self.generation + 1,
            TaskAction::Start | TaskAction::Stop | TaskAction::Restart | TaskAction::Remove => self.generation,
        };
        Ok(vec![TaskQueued { task, generation, action }.into()])
    }

    /// What a node says of a task that is not the present one, or that is about to be
    /// followed by another, is old, and changes nothing.
    fn observe(&self, task: TaskId, observation: Observation) -> Option<Event> {
        if self.task != Some(task) || self.pending.is_some() {
            return None;
        }
        match (self.phase, observation) {
            (Phase::Queued, Observation::Taken) => Some(Deploying {}.into()),
            (Phase::Queued | Phase::Deploying | Phase::Starting, Observation::Done(output)) => {
                Some(running(&output).into())
            }
            (Phase::Stopping, Observation::Done(_)) => Some(Stopped {}.into()),
            (Phase::Decommissioning, Observation::Done(_)) => Some(Decommissioned {}.into()),
            (Phase::Queued | Phase::Deploying | Phase::Starting | Phase::Stopping, observation) => {
                failure_of(observation).map(|failure| Failed { failure }.into())
            }
            (Phase::Decommissioning, observation) => {
                failure_of(observation).map(|failure| RemovalFailed { failure }.into())
            }
            (
                Phase::Requested
                | Phase::Validating
                | Phase::Running
                | Phase::Stopped
                | Phase::Failed
                | Phase::Decommissioned,
                _,
            ) => None,
        }
    }

    /// What a node says without a task: that the workload ended, or runs after all.
    fn observe_workload(&self, generation: u64, output: &ExecutorOutput) -> Option<Event> {
        if generation != self.generation {
            return None;
        }
        let running = running(output);
        match (self.phase, output.lifecycle) {
            (Phase::Running, Lifecycle::Running) => {
                let same = running.endpoints == self.endpoints && running.container == self.container;
                (!same).then(|| running.into())
            }
            (Phase::Failed, Lifecycle::Running) => Some(running.into()),
            (Phase::Running, Lifecycle::Failed | Lifecycle::Stopped | Lifecycle::Absent | Lifecycle::Removed) => {
                Some(Failed { failure: ended(output) }.into())
            }
            (Phase::Stopped, Lifecycle::Absent | Lifecycle::Removed) => Some(Failed { failure: ended(output) }.into()),
            (Phase::Running, Lifecycle::Deploying)
            | (Phase::Stopped, Lifecycle::Deploying | Lifecycle::Running | Lifecycle::Stopped | Lifecycle::Failed)
            | (
                Phase::Failed,
                Lifecycle::Absent | Lifecycle::Deploying | Lifecycle::Stopped | Lifecycle::Failed | Lifecycle::Removed,
            )
            | (
                Phase::Requested
                | Phase::Validating
                | Phase::Queued
                | Phase::Deploying
                | Phase::Stopping
                | Phase::Starting
                | Phase::Decommissioning
                | Phase::Decommissioned,
                _,
            ) => None,
        }
    }

    fn stop(&self) -> Result<Vec<Event>, Rejection> {
        match self.phase {
            Phase::Running => Ok(vec![StopRequested {}.into()]),
            Phase::Stopping | Phase::Stopped => Ok(vec![]),
            Phase::Requested
            | Phase::Validating
            | Phase::Queued
            | Phase::Deploying
            | Phase::Starting
            | Phase::Failed => Err(self.conflict("stopped", "running")),
            Phase::Decommissioning | Phase::Decommissioned => Err(Rejection::Ending(self.phase)),
        }
    }

    fn start(&self) -> Result<Vec<Event>, Rejection> {
        match self.phase {
            Phase::Stopped | Phase::Failed => Ok(vec![StartRequested {}.into()]),
            Phase::Running | Phase::Starting => Ok(vec![]),
            Phase::Requested | Phase::Validating | Phase::Queued | Phase::Deploying | Phase::Stopping => {
                Err(self.conflict("started", "stopped"))
            }
            Phase::Decommissioning | Phase::Decommissioned => Err(Rejection::Ending(self.phase)),
        }
    }

    fn restart(&self) -> Result<Vec<Event>, Rejection> {
        match self.phase {
            Phase::Running | Phase::Stopped | Phase::Failed => Ok(vec![RestartRequested {}.into()]),
            Phase::Requested
            | Phase::Validating
            | Phase::Queued
            | Phase::Deploying
            | Phase::Starting
            | Phase::Stopping => Err(self.conflict("restarted", "running or stopped")),
            Phase::Decommissioning | Phase::Decommissioned => Err(Rejection::Ending(self.phase)),
        }
    }

    fn cancel(&self) -> Result<Vec<Event>, Rejection> {
        match self.phase {
            Phase::Requested | Phase::Validating | Phase::Queued | Phase::Deploying => {
                Ok(self.decommission(DecommissionReason::Cancelled))
            }
            // A launch that is made anew leaves nothing that could be stopped.
            Phase::Starting if !self.ran => Ok(self.decommission(DecommissionReason::Cancelled)),
            Phase::Starting => Ok(vec![StopRequested {}.into()]),
            Phase::Decommissioning | Phase::Decommissioned => Ok(vec![]),
            Phase::Running | Phase::Stopping | Phase::Stopped | Phase::Failed => Err(Rejection::Idle(self.phase)),
        }
    }

    fn decommission(&self, reason: DecommissionReason) -> Vec<Event> {
        let never_queued = self.generation == 0;
        match self.phase {
            Phase::Requested | Phase::Validating => vec![Decommissioned {}.into()],
            Phase::Failed if never_queued => vec![Decommissioned {}.into()],
            Phase::Queued
            | Phase::Deploying
            | Phase::Running
            | Phase::Stopping
            | Phase::Stopped
            | Phase::Starting
            | Phase::Failed => vec![DecommissionRequested { reason }.into()],
            // The node could not; it is told once more.
            Phase::Decommissioning if self.failure.is_some() && self.task.is_none() && self.pending.is_none() => {
                vec![DecommissionRequested { reason }.into()]
            }
            Phase::Decommissioning | Phase::Decommissioned => vec![],
        }
    }

    /// Nobody is left who could say that nothing of it is left.
    fn abandon(&self) -> Vec<Event> {
        let reason = DecommissionReason::NodeRemoved;
        match self.phase {
            Phase::Decommissioned => vec![],
            Phase::Decommissioning => vec![Decommissioned {}.into()],
            Phase::Requested
            | Phase::Validating
            | Phase::Queued
            | Phase::Deploying
            | Phase::Running
            | Phase::Stopping
            | Phase::Stopped
            | Phase::Starting
            | Phase::Failed => vec![DecommissionRequested { reason }.into(), Decommissioned {}.into()],
        }
    }

    fn conflict(&self, wanted: &'static str, needed: &'static str) -> Rejection {
        Rejection::Phase { phase: self.phase, wanted, needed }
    }
}

fn running(output: &ExecutorOutput) -> Running {
    Running { endpoints: output.endpoints.clone(), container: output.status.container.clone() }
}

fn failure_of(observation: Observation) -> Option<InstanceFailure> {
    match observation {
        Observation::Taken | Observation::Done(_) => None,
        Observation::Failed(failure) => Some((&failure).into()),
        Observation::Cancelled => Some(InstanceFailure {
            code: Text::clipped(FailureCode::Cancelled.as_str()),
            message: Text::clipped(
                "the task was taken back before it was done; start the instance again, or delete it",
            ),
        }),
    }
}

/// Why a workload ended, by what the node says of it.
fn ended(output: &ExecutorOutput) -> InstanceFailure {
    match &output.history.failure {
        Some(failure) => failure.into(),
        None => InstanceFailure {
            code: Text::clipped(FailureCode::ContainerExited.as_str()),
            message: output.status.summary.clone(),
        },
    }
}
