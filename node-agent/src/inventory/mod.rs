//! What this node has, and the slots it is divided into.

mod gpu;
mod machine;
mod slots;

use std::path::PathBuf;

use gpuaas_domain::bounded::Text;
use gpuaas_domain::node::{Architecture, Gpu, Inventory, InventoryError};

use crate::config::InventorySource;
pub(crate) use machine::architecture;
use slots::divide;

/// Why the inventory cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum InventoryReadError {
    /// The machine does not say.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// Where it should be.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// Images for this processor are not known.
    #[error("the processor architecture {0} is not supported")]
    Architecture(&'static str),
    /// What a file says contradicts itself.
    #[error(transparent)]
    Contradiction(#[from] InventoryError),
}

/// What the node has.
pub(crate) fn read(source: &InventorySource) -> Result<Inventory, InventoryReadError> {
    let inventory = match source {
        InventorySource::Machine { slots } => machine::read(*slots)?,
        InventorySource::Simulated { slots } => simulated(*slots),
        InventorySource::File(path) => {
            let unreadable = |reason: String| InventoryReadError::Unreadable { path: path.clone(), reason };
            let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
            let read: Inventory = serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
            // Whatever the file says of itself.
            Inventory { simulated: true, ..read }
        }
    };
    inventory.check()?;
    Ok(inventory)
}

fn simulated(slots: u16) -> Inventory {
    const MEMORY: u64 = 4 << 30;
    let slots = slots.max(1);
    let gpu = |number: u16| Gpu {
        uuid: Text::clipped(&format!("GPU-simulated-{number:04}")),
        model: Text::clipped("Simulated GPU"),
        memory_bytes: MEMORY,
    };
    // A node lists at most as many GPUs as a large machine has.
    let gpus: Vec<Gpu> = (0..slots.min(64)).map(gpu).collect();
    let (cpu_millis, memory_bytes) = (u32::from(slots) * 1000, u64::from(slots) * MEMORY);
    let slots = divide(cpu_millis, memory_bytes, &gpus, slots);
    Inventory { architecture: Architecture::Amd64, cpu_millis, memory_bytes, gpus, slots, simulated: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_an_inventory() {
        let inventory = read(&InventorySource::Machine { slots: Some(2) }).unwrap();
        assert!(inventory.cpu_millis >= 1000 && inventory.memory_bytes > 1 << 28);
        assert!(inventory.slots.len() == 2 && !inventory.simulated);
    }

    #[test]
    fn an_inventory_from_a_file_is_marked_as_simulated() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("inventory.json");
        let real = Inventory { simulated: false, ..simulated(3) };
        std::fs::write(&path, serde_json::to_string(&real).unwrap()).unwrap();
        assert_eq!(read(&InventorySource::File(path.clone())).unwrap(), simulated(3));
        std::fs::write(&path, "{}").unwrap();
        assert!(matches!(read(&InventorySource::File(path)), Err(InventoryReadError::Unreadable { .. })));
    }

    #[test]
    fn a_large_simulated_node_is_consistent() {
        for slots in [1, 8, 64, 256] {
            assert_eq!(read(&InventorySource::Simulated { slots }).unwrap().slots.len(), usize::from(slots));
        }
    }
}
