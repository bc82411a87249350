//! A task: one thing that a node is told to do.
//!
//! | state | command | events | next |
//! |---|---|---|---|
//! | Absent | Queue | `node_task.queued` | Queued |
//! | Queued | Advance to Delivered | `node_task.delivered` | Delivered |
//! | Queued, Delivered | Advance to Running | `node_task.started` | Running |
//! | Queued, Delivered, Running | Advance to Succeeded | `node_task.succeeded` | Ended |
//! | Queued, Delivered, Running | Advance to Failed | `node_task.failed` | Ended |
//! | Queued, Delivered, Running | Advance to Cancelled | `node_task.cancelled` | Ended |
//! | Queued | Cancel | `node_task.cancelled` | Ended |
//! | Delivered, Running | Cancel | `node_task.cancel_requested`, or none the second time | unchanged |
//! | Ended | Cancel | none | Ended |
//! | any | Advance to where it is, or was | none | unchanged |
//!
//! Its specification is a blob of JSON; the digest in the event decides what the node
//! may do. What a task needs of secrets it names and never holds.

mod command;
mod event;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Advance, Command, Rejection};
pub use event::{CancelRequested, Cancelled, Delivered, Event, Failed, Queued, Started, Succeeded, Target, TaskKind};
pub use state::{End, Ended, NodeTask, Progress};
