//! What can happen to a node.

use super::inventory::{Inventory, RuntimeStatus};
use super::slots::ReservedSlot;
use crate::bounded::Text;
use crate::event::{events, fields, words};
use crate::fixed::{PublicKey, Serial};
use crate::id::{AllocationId, EnrollmentId};
use crate::time::Timestamp;

words! {
    /// Why a node was banned.
    pub enum BanReason {
        /// An operator decided it.
        Operator = "operator",
        /// Its chain of reports forked: two agents use one key.
        ReportsForked = "reports_forked",
    }

    /// Why slots were released.
    pub enum ReleaseReason {
        /// Their holder ended.
        Ended = "ended",
        /// Their holder could not be reached any more.
        Forced = "forced",
    }
}

fields! {
    /// A node may enroll from here on.
    pub struct Registered {
        /// Unique name.
        pub name: Text<48>,
        /// Whether it stands for a machine that is not there.
        pub simulated: bool,
    }

    /// The node is whoever holds this key from here on.
    pub struct Enrolled {
        /// The key.
        pub public_key: PublicKey,
        /// The token that was used.
        pub enrollment: EnrollmentId,
    }

    /// A certificate counts from here on.
    pub struct CertificateIssued {
        /// Its serial number.
        pub serial: Serial,
        /// When it was made.
        pub not_before: Timestamp,
        /// Until when it counts.
        pub not_after: Timestamp,
    }

    /// What the node has, as it is from here on.
    pub struct InventoryChanged {
        /// All of it.
        pub inventory: Inventory,
    }

    /// What the container engine can do, as it is from here on.
    pub struct RuntimeChanged {
        /// All of it.
        pub runtime: RuntimeStatus,
    }

    /// The agent is connected.
    pub struct WentOnline {
        /// The kernel's id of this boot.
        pub boot_id: Text<40>,
        /// The agent's version.
        pub agent_version: Text<40>,
    }

    /// The agent has not been heard for too long.
    pub struct WentOffline {
        /// When it was heard last.
        pub last_heard: Timestamp,
    }

    /// Nothing is accepted from the node any more.
    pub struct Banned {
        /// Why.
        pub reason: BanReason,
    }

    /// The node counts again.
    pub struct Unbanned {}

    /// The node is gone for good.
    pub struct Removed {}

    /// Slots have a holder.
    pub struct SlotsReserved {
        /// The holder.
        pub allocation: AllocationId,
        /// The slots.
        pub slots: Vec<ReservedSlot>,
    }

    /// Slots have no holder.
    pub struct SlotsReleased {
        /// Who held them.
        pub allocation: AllocationId,
        /// The slots.
        pub slots: Vec<ReservedSlot>,
        /// Why.
        pub reason: ReleaseReason,
    }
}

events! {
    /// What can happen to a node.
    pub enum Event {
        /// It was registered.
        Registered(Registered) = "node.registered", 1;
        /// An agent enrolled.
        Enrolled(Enrolled) = "node.enrolled", 1;
        /// A certificate was issued.
        CertificateIssued(CertificateIssued) = "node.certificate_issued", 1;
        /// Its inventory changed.
        InventoryChanged(InventoryChanged) = "node.inventory_changed", 1;
        /// Its container engine changed.
        RuntimeChanged(RuntimeChanged) = "node.runtime_changed", 1;
        /// It went online.
        WentOnline(WentOnline) = "node.went_online", 1;
        /// It went offline.
        WentOffline(WentOffline) = "node.went_offline", 1;
        /// It was banned.
        Banned(Banned) = "node.banned", 1;
        /// It was unbanned.
        Unbanned(Unbanned) = "node.unbanned", 1;
        /// It was removed.
        Removed(Removed) = "node.removed", 1;
        /// Slots were reserved.
        SlotsReserved(SlotsReserved) = "node.slots_reserved", 1;
        /// Slots were released.
        SlotsReleased(SlotsReleased) = "node.slots_released", 1;
    }
}
