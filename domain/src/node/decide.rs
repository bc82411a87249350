//! The rules of a node.

use super::command::{Command, Rejection};
use super::event::{
    Banned, Enrolled, Event, InventoryChanged, Registered, ReleaseReason, Removed, RuntimeChanged, SlotsReleased,
    SlotsReserved, Unbanned, WentOffline, WentOnline,
};
use super::inventory::{Inventory, RuntimeStatus};
use super::slots::ReservedSlot;
use super::state::{Details, Identity, Node, Presence};
use crate::aggregate::Aggregate;
use crate::id::{AllocationId, NodeId};
use crate::text;

impl Aggregate for Node {
    const KIND: &'static str = "node";
    type Id = NodeId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match command {
            Command::Register(registered) => self.register(registered),
            Command::Enroll(enrolled) => self.enroll(enrolled),
            Command::IssueCertificate(issued) => {
                self.enrolled()?;
                Ok(vec![issued.into()])
            }
            Command::ReportInventory(inventory) => self.report_inventory(inventory),
            Command::ReportRuntime(runtime) => self.report_runtime(runtime),
            Command::ComeOnline(online) => self.come_online(online),
            Command::GoOffline(offline) => self.go_offline(offline),
            Command::Ban(reason) => match self {
                Self::Absent => Err(Rejection::Absent),
                Self::Removed { .. } => Err(Rejection::Removed),
                Self::Banned { .. } => Ok(vec![]),
                Self::Registered { .. } | Self::Enrolled { .. } => Ok(vec![Banned { reason }.into()]),
            },
            Command::Unban => match self {
                Self::Absent => Err(Rejection::Absent),
                Self::Removed { .. } => Err(Rejection::Removed),
                Self::Registered { .. } | Self::Enrolled { .. } => Ok(vec![]),
                Self::Banned { .. } => Ok(vec![Unbanned {}.into()]),
            },
            Command::Remove => self.remove(),
            Command::Reserve { allocation, count } => self.reserve(allocation, count),
            Command::Release { allocation, reason } => self.release(allocation, reason),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        self.after(event)
    }
}

impl Node {
    fn enrolled(&self) -> Result<(&Details, &Identity), Rejection> {
        match self {
            Self::Absent => Err(Rejection::Absent),
            Self::Registered { .. } => Err(Rejection::NotEnrolled),
            Self::Banned { .. } => Err(Rejection::Banned),
            Self::Removed { .. } => Err(Rejection::Removed),
            Self::Enrolled { details, identity } => Ok((details, identity)),
        }
    }

    fn register(&self, registered: Registered) -> Result<Vec<Event>, Rejection> {
        if *self != Self::Absent {
            return Err(Rejection::Exists);
        }
        text::slug("name", &registered.name)?;
        Ok(vec![registered.into()])
    }

    fn enroll(&self, enrolled: Enrolled) -> Result<Vec<Event>, Rejection> {
        match self {
            Self::Absent => Err(Rejection::Absent),
            Self::Banned { .. } => Err(Rejection::Banned),
            Self::Removed { .. } => Err(Rejection::Removed),
            // The answer was lost and the agent asks again.
            Self::Enrolled { identity, .. } if identity.public_key == enrolled.public_key => Ok(vec![]),
            Self::Registered { .. } | Self::Enrolled { .. } => Ok(vec![enrolled.into()]),
        }
    }

    fn report_inventory(&self, inventory: Inventory) -> Result<Vec<Event>, Rejection> {
        let (details, _) = self.enrolled()?;
        inventory.check()?;
        if inventory.simulated && !details.simulated {
            return Err(Rejection::Simulated);
        }
        let changed = details.inventory.as_ref() != Some(&inventory);
        Ok(changed.then(|| InventoryChanged { inventory }.into()).into_iter().collect())
    }

    fn report_runtime(&self, runtime: RuntimeStatus) -> Result<Vec<Event>, Rejection> {
        let (details, _) = self.enrolled()?;
        let changed = details.runtime.as_ref() != Some(&runtime);
        Ok(changed.then(|| RuntimeChanged { runtime }.into()).into_iter().collect())
    }

    fn come_online(&self, online: WentOnline) -> Result<Vec<Event>, Rejection> {
        let (details, _) = self.enrolled()?;
        let known = Presence::Online { boot_id: online.boot_id.clone(), agent_version: online.agent_version.clone() };
        Ok((details.presence != known).then(|| online.into()).into_iter().collect())
    }

    fn go_offline(&self, offline: WentOffline) -> Result<Vec<Event>, Rejection> {
        match self.details().ok_or(Rejection::Absent)?.presence {
            Presence::Online { .. } => Ok(vec![offline.into()]),
            Presence::Never | Presence::Offline { .. } => Ok(vec![]),
        }
    }

    /// What an agent may still be at is not given up behind its back.
    fn remove(&self) -> Result<Vec<Event>, Rejection> {
        match self {
            Self::Absent => Err(Rejection::Absent),
            Self::Removed { .. } => Ok(vec![]),
            Self::Enrolled { details, .. } if matches!(details.presence, Presence::Online { .. }) => {
                Err(Rejection::Online)
            }
            Self::Registered { .. } | Self::Enrolled { .. } | Self::Banned { .. } => Ok(vec![Removed {}.into()]),
        }
    }

    fn reserve(&self, allocation: AllocationId, count: u16) -> Result<Vec<Event>, Rejection> {
        let (details, _) = self.enrolled()?;
        let held = details.slots.held_by(allocation).count();
        if held > 0 {
            return if held == usize::from(count) { Ok(vec![]) } else { Err(Rejection::HoldsOthers { held }) };
        }
        if !matches!(details.presence, Presence::Online { .. }) {
            return Err(Rejection::Offline);
        }
        let free: Vec<ReservedSlot> = details.inventory.iter().flat_map(|all| details.slots.free(all)).collect();
        let slots = free.get(..usize::from(count)).filter(|slots| !slots.is_empty());
        let slots = slots.ok_or(Rejection::TooFewSlots { wanted: count, free: free.len() })?.to_vec();
        Ok(vec![SlotsReserved { allocation, slots }.into()])
    }

    fn release(&self, allocation: AllocationId, reason: ReleaseReason) -> Result<Vec<Event>, Rejection> {
        let details = self.details().ok_or(Rejection::Absent)?;
        let slots: Vec<ReservedSlot> = details.slots.held_by(allocation).collect();
        Ok((!slots.is_empty()).then(|| SlotsReleased { allocation, slots, reason }.into()).into_iter().collect())
    }
}
