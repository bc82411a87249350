//! What can happen to a task.

use crate::event::{events, fields, words};
use crate::fixed::Digest;
use crate::id::{AllocationId, InstanceId, NodeId, OrganizationId, ProjectId};
use crate::node_protocol::output::{ExecutorOutput, Failure};

words! {
    /// What a task is about; its specification's schema goes by this name.
    pub enum TaskKind {
        /// Say what the container engine can do.
        OciRuntimeStatus = "workload.oci_runtime_status",
        /// Run a container.
        OciLaunch = "workload.oci_launch",
        /// Start, stop or restart one.
        OciControl = "workload.oci_control",
        /// Remove one, and all that belongs to it.
        OciRemove = "workload.oci_remove",
    }
}

fields! {
    /// The workload that a task is about.
    pub struct Target {
        /// Whose it is.
        pub organization: OrganizationId,
        /// Its project.
        pub project: ProjectId,
        /// Whose slots it uses.
        pub allocation: AllocationId,
        /// The workload.
        pub instance: InstanceId,
    }

    /// The node is to do it from here on.
    pub struct Queued {
        /// Which node.
        pub node: NodeId,
        /// What it is about.
        pub kind: TaskKind,
        /// The workload; `None` where it is about the node itself.
        pub target: Option<Target>,
        /// Generation of the workload; a node refuses older ones than it knows.
        pub generation: u64,
        /// BLAKE3 digest of the specification, which is a blob of the log.
        pub spec: Digest,
    }

    /// The node has it in its journal.
    pub struct Delivered {}

    /// The node is at it.
    pub struct Started {}

    /// The node did it.
    pub struct Succeeded {
        /// What the executor gave back.
        pub output: ExecutorOutput,
    }

    /// The node could not do it, or refused to.
    pub struct Failed {
        /// Why.
        pub failure: Failure,
        /// What the executor gave back.
        pub output: ExecutorOutput,
    }

    /// The node is to leave off, if it still can.
    pub struct CancelRequested {}

    /// It will not be done.
    pub struct Cancelled {
        /// What the executor gave back; `None` if the node never had it.
        pub output: Option<ExecutorOutput>,
    }
}

events! {
    /// What can happen to a task.
    pub enum Event {
        /// It was queued.
        Queued(Queued) = "node_task.queued", 1, blobs ["spec"];
        /// It was delivered.
        Delivered(Delivered) = "node_task.delivered", 1;
        /// It was started.
        Started(Started) = "node_task.started", 1;
        /// It succeeded.
        Succeeded(Succeeded) = "node_task.succeeded", 1;
        /// It failed.
        Failed(Failed) = "node_task.failed", 1;
        /// It is to be cancelled.
        CancelRequested(CancelRequested) = "node_task.cancel_requested", 1;
        /// It was cancelled.
        Cancelled(Cancelled) = "node_task.cancelled", 1;
    }
}
