//! What can be asked of a node, and why it refuses.

use super::event::{BanReason, CertificateIssued, Enrolled, Registered, ReleaseReason, WentOffline, WentOnline};
use super::inventory::{Inventory, InventoryError, RuntimeStatus};
use crate::aggregate::Rejected;
use crate::code::Code;
use crate::id::AllocationId;
use crate::text::TextError;

/// What can be asked of a node.
#[derive(Debug, Clone)]
pub enum Command {
    /// Let it enroll.
    Register(Registered),
    /// Take a key for its own.
    Enroll(Enrolled),
    /// Let a certificate count.
    IssueCertificate(CertificateIssued),
    /// Take what the agent says it has.
    ReportInventory(Inventory),
    /// Take what the agent says of the container engine.
    ReportRuntime(RuntimeStatus),
    /// Take it for connected.
    ComeOnline(WentOnline),
    /// Take it for lost.
    GoOffline(WentOffline),
    /// Accept nothing from it any more.
    Ban(BanReason),
    /// Accept it again.
    Unban,
    /// Take it for gone for good.
    Remove,
    /// Give so many slots to a holder, the lowest numbers that are free.
    Reserve {
        /// The holder.
        allocation: AllocationId,
        /// How many.
        count: u16,
    },
    /// Take all its slots back from a holder.
    Release {
        /// The holder.
        allocation: AllocationId,
        /// Why.
        reason: ReleaseReason,
    },
}

/// Why a node refuses.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It is there already.
    #[error("this node exists already")]
    Exists,
    /// It is not there.
    #[error("there is no such node")]
    Absent,
    /// No agent has enrolled.
    #[error("the node has not enrolled; start its agent with an enrollment token")]
    NotEnrolled,
    /// It is banned.
    #[error("the node is banned; unban it first")]
    Banned,
    /// Its agent is not connected.
    #[error("the node is offline; wait for its agent, or choose another node")]
    Offline,
    /// Its agent is connected.
    #[error("the node is online; stop its agent, or ban the node, before you remove it")]
    Online,
    /// It is gone for good.
    #[error("the node was removed; register another one")]
    Removed,
    /// Too few slots are free.
    #[error("{wanted} slots are wanted and {free} are free; wait, or choose another node")]
    TooFewSlots {
        /// How many are wanted.
        wanted: u16,
        /// How many are free.
        free: usize,
    },
    /// The allocation holds another number of slots.
    #[error("this allocation holds {held} slots of the node already; release them first")]
    HoldsOthers {
        /// How many it holds.
        held: usize,
    },
    /// A real node sent the inventory of a file.
    #[error("the node is not registered as simulated, so its inventory must be the machine's own")]
    Simulated,
    /// The inventory contradicts itself.
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    /// Its name is not acceptable.
    #[error("{0}")]
    Text(#[from] TextError),
}

impl Rejected for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::Exists => Code::AlreadyExists,
            Self::Absent => Code::NotFound,
            Self::NotEnrolled => Code::NodeNotEnrolled,
            Self::Banned => Code::NodeBanned,
            Self::Offline => Code::NodeOffline,
            Self::Online => Code::NodeOnline,
            Self::Removed => Code::NodeRemoved,
            Self::TooFewSlots { .. } => Code::NotEnoughSlots,
            Self::HoldsOthers { .. } => Code::SlotsAlreadyReserved,
            Self::Simulated => Code::SimulatedInventoryRefused,
            Self::Inventory(_) | Self::Text(_) => Code::InvalidField,
        }
    }
}
