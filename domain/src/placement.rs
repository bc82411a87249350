//! Which node takes an allocation, and why each of the others does not. Pure: what is
//! known of the nodes comes from outside, and the reservation is decided by the node.

use crate::bounded::Text;
use crate::event::{fields, words};
use crate::id::NodeId;
use crate::node::{Inventory, Node, Presence, ReservedSlot, Slot};
use crate::sku::Shape;

words! {
    /// Why a node cannot take an allocation.
    pub enum Obstacle {
        /// No agent has enrolled.
        NotEnrolled = "not_enrolled",
        /// It is banned.
        Banned = "banned",
        /// Its agent has not said what it has.
        InventoryUnknown = "inventory_unknown",
        /// Its processors are of another architecture.
        Architecture = "architecture",
        /// It has no GPU of the model.
        GpuModel = "gpu_model",
        /// It has fewer GPUs of the model than are wanted.
        TooFewGpus = "too_few_gpus",
        /// It has less memory or fewer processors than are wanted.
        TooSmall = "too_small",
        /// Its agent is not connected.
        Offline = "offline",
        /// Others have its slots.
        NoFreeSlots = "no_free_slots",
    }
}

fields! {
    /// A node that could not take an allocation.
    pub struct Unplaced {
        /// Which.
        pub node: NodeId,
        /// Why.
        pub obstacle: Obstacle,
    }
}

impl Obstacle {
    /// Whether waiting cannot help: the node would have to become another one.
    #[must_use]
    pub fn is_lasting(self) -> bool {
        match self {
            Self::Architecture | Self::GpuModel | Self::TooFewGpus | Self::TooSmall => true,
            Self::NotEnrolled | Self::Banned | Self::InventoryUnknown | Self::Offline | Self::NoFreeSlots => false,
        }
    }

    /// What would let the node take it.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::NotEnrolled => "start the node's agent with an enrollment token",
            Self::Banned => "unban the node",
            Self::InventoryUnknown => "wait for the agent's inventory",
            Self::Architecture => "choose a SKU of the node's architecture",
            Self::GpuModel => "choose a SKU with the node's GPU model",
            Self::TooFewGpus => "choose a SKU with fewer GPUs",
            Self::TooSmall => "choose a SKU with fewer processors or less memory",
            Self::Offline => "start the node's agent",
            Self::NoFreeSlots => "wait until another allocation is released",
        }
    }
}

/// What a node would give.
#[derive(Debug, Clone, PartialEq)]
pub struct Fit {
    /// The slots, the lowest free numbers.
    pub slots: Vec<ReservedSlot>,
    /// As many GPUs as are wanted, by the driver's ids.
    pub gpus: Vec<Text<80>>,
    /// GPUs in those slots that nobody asked for.
    wasted_gpus: usize,
    /// Slots that stay free.
    left: usize,
}

impl Fit {
    /// How many slots.
    #[must_use]
    pub fn count(&self) -> u16 {
        u16::try_from(self.slots.len()).unwrap_or(u16::MAX)
    }
}

/// Where an allocation goes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// The nodes that could take it, the best first.
    pub fits: Vec<NodeId>,
    /// Every other node.
    pub unplaced: Vec<Unplaced>,
}

impl Outcome {
    /// Whether there are nodes, and none of them could ever take it.
    #[must_use]
    pub fn is_hopeless(&self) -> bool {
        let lasting = self.unplaced.iter().all(|unplaced| unplaced.obstacle.is_lasting());
        self.fits.is_empty() && !self.unplaced.is_empty() && lasting
    }

    /// Whether every node has too few GPUs, or none of the model.
    #[must_use]
    pub fn lacks_gpus(&self) -> bool {
        let lacks = |unplaced: &Unplaced| match unplaced.obstacle {
            Obstacle::GpuModel | Obstacle::TooFewGpus => true,
            Obstacle::NotEnrolled
            | Obstacle::Banned
            | Obstacle::InventoryUnknown
            | Obstacle::Architecture
            | Obstacle::TooSmall
            | Obstacle::Offline
            | Obstacle::NoFreeSlots => false,
        };
        self.is_hopeless() && self.unplaced.iter().any(lacks)
    }
}

/// Orders the nodes by how well they fit: no GPU wasted, then the fewest slots left over,
/// so that large allocations keep finding room.
#[must_use]
pub fn place<'n>(nodes: impl IntoIterator<Item = (NodeId, &'n Node)>, shape: &Shape) -> Outcome {
    let mut outcome = Outcome::default();
    let mut fits = Vec::new();
    // Of what is gone for good there is nothing to say.
    let there = nodes.into_iter().filter(|(_, state)| !matches!(state, Node::Removed { .. }));
    for (node, state) in there {
        match fit(state, shape) {
            Ok(fit) => fits.push((fit.wasted_gpus, fit.left, node)),
            Err(obstacle) => outcome.unplaced.push(Unplaced { node, obstacle }),
        }
    }
    fits.sort_unstable();
    outcome.fits = fits.into_iter().map(|(_, _, node)| node).collect();
    outcome.unplaced.sort_unstable_by_key(|unplaced| unplaced.node);
    outcome
}

/// What a node would give, or why it cannot. What lasts is said before what passes.
pub fn fit(node: &Node, shape: &Shape) -> Result<Fit, Obstacle> {
    let details = match node {
        Node::Absent | Node::Registered { .. } | Node::Removed { .. } => return Err(Obstacle::NotEnrolled),
        Node::Banned { .. } => return Err(Obstacle::Banned),
        Node::Enrolled { details, .. } => details,
    };
    let inventory = details.inventory.as_ref().ok_or(Obstacle::InventoryUnknown)?;
    could_ever(inventory, shape)?;
    match details.presence {
        Presence::Online { .. } => {}
        Presence::Never | Presence::Offline { .. } => return Err(Obstacle::Offline),
    }
    let free: Vec<ReservedSlot> = details.slots.free(inventory).collect();
    let slot_of = |reserved: &ReservedSlot| inventory.slots.iter().find(|slot| slot.index == reserved.index);
    let taken = cover(inventory, free.iter().filter_map(slot_of), shape).ok_or(Obstacle::NoFreeSlots)?;
    let (slots, left) = free.split_at(taken.slots);
    let gpus: Vec<Text<80>> = taken.gpus.into_iter().take(usize::from(shape.gpu_count())).collect();
    let held: usize = slots.iter().filter_map(slot_of).map(|slot| slot.gpus.len()).sum();
    Ok(Fit { slots: slots.to_vec(), wasted_gpus: held - gpus.len(), gpus, left: left.len() })
}

/// Whether the node could take anything at all now.
#[must_use]
pub fn has_room(node: &Node) -> bool {
    let Node::Enrolled { details, .. } = node else { return false };
    let Some(inventory) = &details.inventory else { return false };
    matches!(details.presence, Presence::Online { .. }) && details.slots.free(inventory).next().is_some()
}

/// Whether the node could take it if nobody had any of its slots.
fn could_ever(inventory: &Inventory, shape: &Shape) -> Result<(), Obstacle> {
    if inventory.architecture != shape.architecture {
        return Err(Obstacle::Architecture);
    }
    let gpus = inventory.slots.iter().flat_map(|slot| matching(inventory, slot, shape)).count();
    if usize::from(shape.gpu_count()) > gpus {
        return Err(if gpus == 0 { Obstacle::GpuModel } else { Obstacle::TooFewGpus });
    }
    let mut slots: Vec<&Slot> = inventory.slots.iter().collect();
    slots.sort_unstable_by_key(|slot| slot.index);
    cover(inventory, slots.into_iter(), shape).map(drop).ok_or(Obstacle::TooSmall)
}

struct Cover {
    slots: usize,
    gpus: Vec<Text<80>>,
}

/// The fewest of the slots, in order, that are enough together.
fn cover<'i>(inventory: &'i Inventory, slots: impl Iterator<Item = &'i Slot>, shape: &Shape) -> Option<Cover> {
    let (mut cpu_millis, mut memory_bytes) = (0u64, 0u64);
    let mut taken = Cover { slots: 0, gpus: Vec::new() };
    for slot in slots {
        cpu_millis = cpu_millis.saturating_add(u64::from(slot.cpu_millis));
        memory_bytes = memory_bytes.saturating_add(slot.memory_bytes);
        taken.slots += 1;
        taken.gpus.extend(matching(inventory, slot, shape).cloned());
        let enough_gpus = taken.gpus.len() >= usize::from(shape.gpu_count());
        if enough_gpus && cpu_millis >= shape.cpu_millis() && memory_bytes >= shape.memory_bytes() {
            return Some(taken);
        }
    }
    None
}

/// The slot's GPUs of the wanted model.
fn matching<'i>(inventory: &'i Inventory, slot: &'i Slot, shape: &Shape) -> impl Iterator<Item = &'i Text<80>> {
    let model = shape.gpu.as_ref().map(|gpu| gpu.model.clone());
    slot.gpus.iter().filter(move |uuid| {
        let known = inventory.gpus.iter().find(|gpu| gpu.uuid == **uuid);
        known.is_some_and(|gpu| Some(&gpu.model) == model.as_ref())
    })
}

#[cfg(test)]
#[path = "placement_tests.rs"]
mod tests;
