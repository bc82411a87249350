//! The state of an app instance, and how events change it.

use serde::{Deserialize, Serialize};

use super::event::{Event, InstanceFailure, Requested, TaskAction, Waiting};
use super::phase::Phase;
use crate::bounded::Text;
use crate::id::TaskId;
use crate::node_protocol::output::Endpoint;

/// A workload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    /// What was wanted.
    pub requested: Requested,
    /// Where it is in its life.
    pub phase: Phase,
    /// What it waits for.
    pub waiting: Option<Waiting>,
    /// How often its container was to be made; 0 before the first launch.
    pub generation: u64,
    /// What the node has to be told next.
    pub pending: Option<TaskAction>,
    /// The task that the node is at.
    pub task: Option<TaskId>,
    /// Whether it ever ran.
    pub ran: bool,
    /// Where it can be reached on its node.
    pub endpoints: Vec<Endpoint>,
    /// The engine's id of its container.
    pub container: Option<Text<80>>,
    /// Why it failed, or could not be removed.
    pub failure: Option<InstanceFailure>,
}

/// The state of an app instance.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum AppInstance {
    /// No entry yet.
    #[default]
    Absent,
    /// A workload.
    Present(Box<Instance>),
}

impl AppInstance {
    /// The workload, whatever its phase; `None` if it is absent.
    #[must_use]
    pub fn details(&self) -> Option<&Instance> {
        match self {
            Self::Absent => None,
            Self::Present(instance) => Some(instance),
        }
    }
}

impl Instance {
    pub(super) fn new(requested: Requested) -> Self {
        Self {
            requested,
            phase: Phase::Requested,
            waiting: Some(Waiting::Platform),
            generation: 0,
            pending: Some(TaskAction::Launch),
            task: None,
            ran: false,
            endpoints: Vec::new(),
            container: None,
            failure: None,
        }
    }

    pub(super) fn take(&mut self, event: &Event) {
        match event {
            // Requested: handled where there is no instance yet; a second one would be another's.
            Event::Requested(_) | Event::AppTokenDelivered(_) => {}
            Event::ValidationWaited(waited) => self.enter(Phase::Validating, Some(waited.waiting)),
            Event::TaskQueued(queued) => {
                self.generation = queued.generation;
                self.pending = None;
                self.task = Some(queued.task);
                if self.phase.is_before_node() {
                    self.phase = Phase::Queued;
                }
                self.waiting = Some(Waiting::Delivery);
            }
            Event::Deploying(_) => self.enter(Phase::Deploying, Some(Waiting::Readiness)),
            Event::Running(running) => {
                self.settle(Phase::Running);
                self.ran = true;
                self.endpoints.clone_from(&running.endpoints);
                self.container.clone_from(&running.container);
            }
            Event::Stopped(_) => self.settle(Phase::Stopped),
            Event::Failed(failed) => {
                self.settle(Phase::Failed);
                self.failure = Some(failed.failure.clone());
            }
            Event::StopRequested(_) => self.intend(Phase::Stopping, TaskAction::Stop),
            // What never ran has nothing to start: it is made anew.
            Event::StartRequested(_) | Event::RestartRequested(_) if !self.ran => {
                self.intend(Phase::Starting, TaskAction::Launch);
            }
            Event::StartRequested(_) => self.intend(Phase::Starting, TaskAction::Start),
            Event::RestartRequested(_) => self.intend(Phase::Starting, TaskAction::Restart),
            Event::DecommissionRequested(_) => self.intend(Phase::Decommissioning, TaskAction::Remove),
            Event::RemovalFailed(failed) => {
                self.settle(Phase::Decommissioning);
                self.waiting = Some(Waiting::Node);
                self.failure = Some(failed.failure.clone());
            }
            Event::Decommissioned(_) => self.settle(Phase::Decommissioned),
        }
    }

    fn enter(&mut self, phase: Phase, waiting: Option<Waiting>) {
        self.phase = phase;
        self.waiting = waiting;
    }

    /// Nothing is under way any more.
    fn settle(&mut self, phase: Phase) {
        self.enter(phase, None);
        self.pending = None;
        self.task = None;
        self.failure = None;
        self.endpoints.clear();
    }

    /// The node has to be told; a task that it is at is kept, so that it can be taken back.
    fn intend(&mut self, phase: Phase, action: TaskAction) {
        self.enter(phase, Some(Waiting::Platform));
        self.pending = Some(action);
        self.failure = None;
    }
}
