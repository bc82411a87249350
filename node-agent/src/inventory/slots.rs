//! Dividing a node into equal slots.

use gpuaas_domain::bounded::Text;
use gpuaas_domain::node::{Gpu, Slot};

/// Equal shares. Slot `n` of `count` has every GPU whose place, modulo `count`, is `n`, so
/// that shares of GPUs differ by one at most.
pub(super) fn divide(cpu_millis: u32, memory_bytes: u64, gpus: &[Gpu], count: u16) -> Vec<Slot> {
    let slot = |index: u16| {
        let own = |(place, gpu): (usize, &Gpu)| -> Option<Text<80>> {
            (place % usize::from(count) == usize::from(index)).then(|| gpu.uuid.clone())
        };
        Slot {
            index,
            cpu_millis: cpu_millis / u32::from(count),
            memory_bytes: memory_bytes / u64::from(count),
            gpus: gpus.iter().enumerate().filter_map(own).collect(),
        }
    };
    (0..count).map(slot).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_gpu_is_in_one_slot() {
        let gpu = |name: &str| Gpu { uuid: Text::clipped(name), model: Text::clipped("m"), memory_bytes: 1 };
        let slots = divide(4000, 100, &["a", "b", "c"].map(gpu), 2);
        let gpus: Vec<Vec<&str>> =
            slots.iter().map(|slot| slot.gpus.iter().map(|gpu| gpu.as_str()).collect()).collect();
        assert_eq!(gpus, [vec!["a", "c"], vec!["b"]]);
        assert!(slots.iter().all(|slot| slot.cpu_millis == 2000 && slot.memory_bytes == 50));
    }
}
