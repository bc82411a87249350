//! An allocation: slots of a node, held for a project.
//!
//! | state | command | events | next |
//! |---|---|---|---|
//! | Absent | Request | `allocation.requested` | Requested |
//! | Requested | Place | `allocation.placed` | Active |
//! | Requested | Expire, after its time | `allocation.failed` | Failed |
//! | Requested | Release | `allocation.released` | Released |
//! | Active | Attach | `allocation.instance_attached` | Active |
//! | Active | Detach | `allocation.instance_detached` | Active |
//! | Active, without workloads | Release | `allocation.released` | Released |
//! | Active, with workloads | Release | `allocation.release_requested` | Releasing |
//! | Releasing | Detach | `allocation.instance_detached` | Releasing |
//! | Releasing | Detach of the last one | the same, then `allocation.released` | Released |
//! | Releasing | Release | none | Releasing |
//! | Released, Failed | Release | none | unchanged |
//!
//! Whoever places or releases it reserves or releases the node's slots in the same
//! append. Its workloads are part of it, so that none is launched on what is being
//! released, and together they never ask for more than there is.

mod command;
mod event;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Command, Rejection};
pub use event::{
    Event, Failed, FailureReason, InstanceAttached, InstanceDetached, Placed, ReleaseRequested, Released, Requested,
    Share,
};
pub use state::{Active, Allocation};

/// Most nodes of which an allocation says why they could not take it.
pub const MAX_UNPLACED: usize = 500;
