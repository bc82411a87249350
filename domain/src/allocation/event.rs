//! What can happen to an allocation.

use crate::bounded::Text;
use crate::event::{events, fields, words};
use crate::id::{InstanceId, NodeId, OrganizationId, ProjectId, SkuId};
use crate::node::ReservedSlot;
use crate::placement::Unplaced;
use crate::sku::Shape;
use crate::time::Timestamp;

words! {
    /// Why an allocation came to nothing.
    pub enum FailureReason {
        /// No place was found in time.
        PlacementExpired = "placement_expired",
    }
}

fields! {
    /// A project wants it.
    pub struct Requested {
        /// Who pays.
        pub organization: OrganizationId,
        /// For which project.
        pub project: ProjectId,
        /// Name for people.
        pub display_name: String,
        /// What is wanted.
        pub sku: SkuId,
        /// The SKU's shape.
        pub shape: Shape,
        /// Until when to look for a place; `None`: for ever.
        pub wait_until: Option<Timestamp>,
        /// Nodes that could not take it at once, and why; the first 500 by id.
        pub unplaced: Vec<Unplaced>,
        /// How many nodes could not.
        pub unplaced_nodes: u32,
    }

    /// It has slots from here on.
    pub struct Placed {
        /// When.
        pub at: Timestamp,
        /// On which node.
        pub node: NodeId,
        /// Which.
        pub slots: Vec<ReservedSlot>,
        /// Its GPUs, by the driver's ids.
        pub gpus: Vec<Text<80>>,
    }

    /// What a workload has of an allocation.
    pub struct Share {
        /// Processors.
        pub cpu_cores: u32,
        /// Memory.
        pub memory_gib: u32,
        /// GPUs, by the driver's ids.
        pub gpus: Vec<Text<80>>,
    }

    /// A workload is on it from here on.
    pub struct InstanceAttached {
        /// Which.
        pub instance: InstanceId,
        /// What it has.
        pub share: Share,
    }

    /// A workload is not on it any more.
    pub struct InstanceDetached {
        /// Which.
        pub instance: InstanceId,
    }

    /// It is to be released once its workloads are gone.
    pub struct ReleaseRequested {}

    /// It has no slots any more.
    pub struct Released {
        /// When.
        pub at: Timestamp,
    }

    /// It came to nothing.
    pub struct Failed {
        /// Why.
        pub reason: FailureReason,
    }
}

events! {
    /// What can happen to an allocation.
    pub enum Event {
        /// It was requested.
        Requested(Requested) = "allocation.requested", 1;
        /// It was placed.
        Placed(Placed) = "allocation.placed", 1;
        /// A workload came.
        InstanceAttached(InstanceAttached) = "allocation.instance_attached", 1;
        /// A workload went.
        InstanceDetached(InstanceDetached) = "allocation.instance_detached", 1;
        /// It is to be released.
        ReleaseRequested(ReleaseRequested) = "allocation.release_requested", 1;
        /// It was released.
        Released(Released) = "allocation.released", 1;
        /// It came to nothing.
        Failed(Failed) = "allocation.failed", 1;
    }
}
