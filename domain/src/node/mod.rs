//! A node: a machine that an operator registered and whose agent runs workloads.
//!
//! | state | command | events | next |
//! |---|---|---|---|
//! | Absent | Register | `node.registered` | Registered |
//! | Registered, Enrolled | Enroll | `node.enrolled`, or none for the same key | Enrolled |
//! | Enrolled | IssueCertificate | `node.certificate_issued` | Enrolled |
//! | Enrolled | ReportInventory | `node.inventory_changed`, or none | Enrolled |
//! | Enrolled | ReportRuntime | `node.runtime_changed`, or none | Enrolled |
//! | Enrolled | ComeOnline | `node.went_online`, or none within the same boot | Enrolled |
//! | Enrolled, Banned | GoOffline | `node.went_offline`, or none | unchanged |
//! | Enrolled | Reserve | `node.slots_reserved`, or none if they are held already | Enrolled |
//! | any but Absent | Release | `node.slots_released`, or none if nothing is held | unchanged |
//! | Registered, Enrolled | Ban | `node.banned` | Banned |
//! | Banned | Unban | `node.unbanned` | Registered, or Enrolled |
//! | Registered, Enrolled and not online, Banned | Remove | `node.removed` | Removed |
//! | Removed | Remove | none | Removed |
//!
//! A removed node is gone for good: whoever removes it takes its slots back, and ends what
//! held them. The name is unique in the whole log: the engine claims it beside the events. A
//! slot's generation grows with every reservation, so whoever holds an older one can
//! be told apart from its holder.
//!
//! What this is not for: heartbeats (they are not events) and the chain of the node's
//! reports ([`crate::node_report`]).

mod command;
mod decide;
mod event;
mod inventory;
mod slots;
mod state;
#[cfg(test)]
mod tests;

pub use command::{Command, Rejection};
pub use event::{
    BanReason, Banned, CertificateIssued, Enrolled, Event, InventoryChanged, Registered, ReleaseReason, Removed,
    RuntimeChanged, SlotsReleased, SlotsReserved, Unbanned, WentOffline, WentOnline,
};
pub use inventory::{Architecture, Gpu, Inventory, InventoryError, MAX_GPUS, MAX_SLOTS, RuntimeStatus, Slot};
pub use slots::{ReservedSlot, SlotState, Slots};
pub use state::{Certificate, Details, Identity, Node, Presence};

/// Scope of the claim on a node's name.
pub const NAME_CLAIM: &str = "node.name";
