//! What a node has: processors, memory, GPUs, and the slots they are divided into.

use std::collections::BTreeSet;

use crate::bounded::Text;
use crate::event::{fields, words};

/// Most slots of a node.
pub const MAX_SLOTS: usize = 256;
/// Most GPUs of a node.
pub const MAX_GPUS: usize = 64;

words! {
    /// A processor architecture, by the name that OCI images use.
    pub enum Architecture {
        /// x86-64.
        Amd64 = "amd64",
        /// 64-bit Arm.
        Arm64 = "arm64",
    }
}

fields! {
    /// A GPU.
    pub struct Gpu {
        /// The driver's unique id, `GPU-…`.
        pub uuid: Text<80>,
        /// The driver's name of the model.
        pub model: Text<80>,
        /// Its memory, in bytes.
        pub memory_bytes: u64,
    }

    /// A share of the node that is given to one holder at a time.
    pub struct Slot {
        /// Its number, which it keeps.
        pub index: u16,
        /// Thousandths of a processor.
        pub cpu_millis: u32,
        /// Memory, in bytes.
        pub memory_bytes: u64,
        /// Its GPUs, by id.
        pub gpus: Vec<Text<80>>,
    }

    /// What a node has.
    pub struct Inventory {
        /// The processors' architecture.
        pub architecture: Architecture,
        /// Thousandths of a processor, all together.
        pub cpu_millis: u32,
        /// Memory, in bytes.
        pub memory_bytes: u64,
        /// Its GPUs.
        pub gpus: Vec<Gpu>,
        /// What it is divided into.
        pub slots: Vec<Slot>,
        /// Whether it was read from a file instead of the machine.
        pub simulated: bool,
    }

    /// What the node's container engine can do.
    pub struct RuntimeStatus {
        /// The engine, `docker`; `None` where none answers.
        pub engine: Option<Text<40>>,
        /// Its version.
        pub version: Option<Text<40>>,
        /// Whether workloads can be kept from the host, the metadata address and each other.
        pub isolation: bool,
        /// Whether containers can be given GPUs.
        pub gpu_support: bool,
        /// Why it cannot launch; `None` if it can.
        pub problem: Option<Text<300>>,
    }
}

/// Why an inventory is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InventoryError {
    /// A slot or GPU is there twice, or too many of them.
    #[error("slots and GPUs must be at most {MAX_SLOTS} and {MAX_GPUS}, each listed once")]
    Listed,
    /// A slot's GPU is not the node's, or is another slot's too.
    #[error("slot {0} has a GPU that the node does not have, or that another slot has")]
    Gpu(u16),
    /// The slots together are more than the node.
    #[error("the slots together have more processors or memory than the node")]
    Oversubscribed,
}

impl Inventory {
    /// Whether the slots divide what is there.
    pub fn check(&self) -> Result<(), InventoryError> {
        let indexes: BTreeSet<u16> = self.slots.iter().map(|slot| slot.index).collect();
        let mut free: BTreeSet<&str> = self.gpus.iter().map(|gpu| gpu.uuid.as_str()).collect();
        let each_once = indexes.len() == self.slots.len() && free.len() == self.gpus.len();
        if !each_once || self.slots.len() > MAX_SLOTS || self.gpus.len() > MAX_GPUS {
            return Err(InventoryError::Listed);
        }
        for slot in &self.slots {
            if !slot.gpus.iter().all(|gpu| free.remove(gpu.as_str())) {
                return Err(InventoryError::Gpu(slot.index));
            }
        }
        let cpu: u64 = self.slots.iter().map(|slot| u64::from(slot.cpu_millis)).sum();
        let memory = self.slots.iter().try_fold(0u64, |sum, slot| sum.checked_add(slot.memory_bytes));
        let fits = cpu <= u64::from(self.cpu_millis) && memory.is_some_and(|memory| memory <= self.memory_bytes);
        fits.then_some(()).ok_or(InventoryError::Oversubscribed)
    }
}
