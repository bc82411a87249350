//! What can happen to an app instance.

use crate::bounded::Text;
use crate::event::{events, fields, words};
use crate::fixed::Digest;
use crate::id::{AllocationId, AppId, AppVersionId, ArtifactId, NodeId, OrganizationId, ProjectId, TaskId};
use crate::node_protocol::output::{Endpoint, Failure};
use crate::node_protocol::task::{EndpointDecision, Image, LaunchValues};

words! {
    /// What a workload waits for.
    pub enum Waiting {
        /// The platform, to look at it.
        Platform = "platform",
        /// The node, to come online.
        NodeOnline = "node_online",
        /// The node's container engine, to answer.
        NodeRuntime = "node_runtime",
        /// The node's agent, to take the task.
        Delivery = "delivery",
        /// The image, and the workload to answer as its profile asks.
        Readiness = "readiness",
        /// The node, to do what it was told.
        Node = "node",
    }

    /// What a node is told to do with a workload.
    pub enum TaskAction {
        /// Make it.
        Launch = "launch",
        /// Let it run again.
        Start = "start",
        /// End it and keep it.
        Stop = "stop",
        /// End it and let it run again.
        Restart = "restart",
        /// Remove it.
        Remove = "remove",
    }

    /// Why a workload is removed.
    pub enum DecommissionReason {
        /// Somebody asked for it.
        Requested = "requested",
        /// Its launch was cancelled.
        Cancelled = "cancelled",
        /// Its allocation is released.
        AllocationReleased = "allocation_released",
        /// Its node was removed.
        NodeRemoved = "node_removed",
    }
}

fields! {
    /// A project wants it, and it passed the launch checks.
    pub struct Requested {
        /// Whose it is.
        pub organization: OrganizationId,
        /// For which project.
        pub project: ProjectId,
        /// Name for people.
        pub display_name: String,
        /// Which app.
        pub app: AppId,
        /// Which version of it.
        pub app_version: AppVersionId,
        /// Which of its artifacts.
        pub artifact: ArtifactId,
        /// The artifact's image: the digest that runs.
        pub image: Image,
        /// On which allocation.
        pub allocation: AllocationId,
        /// On which node.
        pub node: NodeId,
        /// What it may use.
        pub values: LaunchValues,
        /// Where it can be reached, and by whom.
        pub endpoints: Vec<EndpointDecision>,
        /// BLAKE3 digest of the whole specification as JSON, which the node is given.
        pub launch: Digest,
    }

    /// It cannot be launched yet.
    pub struct ValidationWaited {
        /// What it waits for.
        pub waiting: Waiting,
    }

    /// The node is told from here on.
    pub struct TaskQueued {
        /// By which task.
        pub task: TaskId,
        /// Which making of the workload's container it is about.
        pub generation: u64,
        /// What.
        pub action: TaskAction,
    }

    /// The node has the launch.
    pub struct Deploying {}

    /// It runs.
    pub struct Running {
        /// Where it can be reached on its node.
        pub endpoints: Vec<Endpoint>,
        /// The engine's id of the container.
        pub container: Option<Text<80>>,
    }

    /// It is to be stopped.
    pub struct StopRequested {}

    /// It does not run, on demand.
    pub struct Stopped {}

    /// It is to run again.
    pub struct StartRequested {}

    /// It is to end and to run again.
    pub struct RestartRequested {}

    /// Why a workload failed: a code of a node, or of the platform.
    pub struct InstanceFailure {
        /// The stable code.
        pub code: Text<64>,
        /// What to do.
        pub message: Text<300>,
    }

    /// It does not run, by failure.
    pub struct Failed {
        /// Why.
        pub failure: InstanceFailure,
    }

    /// It is to be removed.
    pub struct DecommissionRequested {
        /// Why.
        pub reason: DecommissionReason,
    }

    /// It could not be removed.
    pub struct RemovalFailed {
        /// Why.
        pub failure: InstanceFailure,
    }

    /// Somebody was told the token by which the workload knows its users.
    pub struct AppTokenDelivered {}

    /// Nothing is left of it on the node.
    pub struct Decommissioned {}
}

impl From<&Failure> for InstanceFailure {
    fn from(failure: &Failure) -> Self {
        Self { code: Text::clipped(failure.code.as_str()), message: failure.message.clone() }
    }
}

events! {
    /// What can happen to an app instance.
    pub enum Event {
        /// It was requested.
        Requested(Box<Requested>) = "app_instance.requested", 1, blobs ["launch"];
        /// It has to wait.
        ValidationWaited(ValidationWaited) = "app_instance.validation_waited", 1;
        /// The node is told.
        TaskQueued(TaskQueued) = "app_instance.task_queued", 1;
        /// The node has the launch.
        Deploying(Deploying) = "app_instance.deploying", 1;
        /// It runs.
        Running(Running) = "app_instance.running", 1;
        /// It is to be stopped.
        StopRequested(StopRequested) = "app_instance.stop_requested", 1;
        /// It was stopped.
        Stopped(Stopped) = "app_instance.stopped", 1;
        /// It is to run again.
        StartRequested(StartRequested) = "app_instance.start_requested", 1;
        /// It is to be restarted.
        RestartRequested(RestartRequested) = "app_instance.restart_requested", 1;
        /// It failed.
        Failed(Failed) = "app_instance.failed", 1;
        /// It is to be removed.
        DecommissionRequested(DecommissionRequested) = "app_instance.decommission_requested", 1;
        /// It could not be removed.
        RemovalFailed(RemovalFailed) = "app_instance.removal_failed", 1;
        /// Its token was told.
        AppTokenDelivered(AppTokenDelivered) = "app_instance.app_token_delivered", 1;
        /// It is gone.
        Decommissioned(Decommissioned) = "app_instance.decommissioned", 1;
    }
}
