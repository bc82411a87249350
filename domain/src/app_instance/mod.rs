//! An app instance: a workload on an allocation, from its launch to its end.
//!
//! | phase | command | events | next |
//! |---|---|---|---|
//! | Absent | Request | `app_instance.requested` | Requested |
//! | Requested, Validating | Wait | `app_instance.validation_waited`, or none for the same reason | Validating |
//! | Requested, Validating | Reject | `app_instance.failed` | Failed |
//! | Requested, Validating | QueueTask | `app_instance.task_queued` | Queued |
//! | Queued | Observe: the node has the task | `app_instance.deploying` | Deploying |
//! | Queued, Deploying, Starting | Observe: it was done | `app_instance.running` | Running |
//! | Queued, Deploying, Starting, Stopping | Observe: it failed | `app_instance.failed` | Failed |
//! | Running | Stop | `app_instance.stop_requested` | Stopping |
//! | Stopped, Failed | Start | `app_instance.start_requested` | Starting |
//! | Running, Stopped, Failed | Restart | `app_instance.restart_requested` | Starting |
//! | Starting, Stopping, Decommissioning | QueueTask | `app_instance.task_queued` | unchanged |
//! | Stopping | Observe: it was done | `app_instance.stopped` | Stopped |
//! | Running, Stopped, Failed | ObserveWorkload | `app_instance.running`, `app_instance.failed`, or none | Running, Failed |
//! | Starting | Cancel | `app_instance.stop_requested`, or as Decommission if it never ran | Stopping |
//! | Requested, Validating, Queued, Deploying | Cancel | as Decommission | as Decommission |
//! | Requested, Validating | Decommission | `app_instance.decommissioned` | Decommissioned |
//! | Queued to Failed | Decommission | `app_instance.decommission_requested` | Decommissioning |
//! | Decommissioning | Observe: it was done | `app_instance.decommissioned` | Decommissioned |
//! | Decommissioning | Observe: it failed | `app_instance.removal_failed` | Decommissioning |
//! | Decommissioning, after a failure | Decommission | `app_instance.decommission_requested` | Decommissioning |
//! | Decommissioning, Decommissioned | Decommission | none | unchanged |
//! | Requested to Failed | DeliverAppToken | `app_instance.app_token_delivered` | unchanged |
//! | Requested to Failed | Abandon | `app_instance.decommission_requested`, `app_instance.decommissioned` | Decommissioned |
//! | Decommissioning | Abandon | `app_instance.decommissioned` | Decommissioned |
//!
//! A generation is one making of the container: a launch begins a new one, and what follows
//! belongs to it. So what a node says of a container that was there before is known for that;
//! what it says of an older task is known by the task. Why the workload waits is part of it. Whoever requests it attaches it
//! to its allocation in the same append, and whoever ends it detaches it.

mod command;
mod decide;
mod event;
mod phase;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Command, Observation, Rejection};
pub use event::{
    AppTokenDelivered, DecommissionReason, DecommissionRequested, Decommissioned, Deploying, Event, Failed,
    InstanceFailure, RemovalFailed, Requested, RestartRequested, Running, StartRequested, StopRequested, Stopped,
    TaskAction, TaskQueued, ValidationWaited, Waiting,
};
pub use phase::Phase;
pub use state::{AppInstance, Instance};
