//! What this machine has, as the kernel and the GPU driver say.

use std::path::Path;

use gpuaas_domain::node::{Architecture, Inventory};

use super::slots::divide;
use super::{InventoryReadError, gpu};

/// Memory that is left to the host and the agent.
const RESERVED: u64 = 512 << 20;

pub(super) fn read(slots: Option<u16>) -> Result<Inventory, InventoryReadError> {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let cpu_millis = u32::try_from(processors).unwrap_or(u32::MAX / 1000).saturating_mul(1000);
    let memory_bytes = memory()?.saturating_sub(RESERVED);
    let gpus = gpu::read();
    let count = slots.unwrap_or_else(|| u16::try_from(gpus.len()).unwrap_or(u16::MAX)).max(1);
    let slots = divide(cpu_millis, memory_bytes, &gpus, count);
    Ok(Inventory { architecture: architecture()?, cpu_millis, memory_bytes, gpus, slots, simulated: false })
}

/// The processors' architecture.
pub(crate) fn architecture() -> Result<Architecture, InventoryReadError> {
    match std::env::consts::ARCH {
        "x86_64" => Ok(Architecture::Amd64),
        "aarch64" => Ok(Architecture::Arm64),
        other => Err(InventoryReadError::Architecture(other)),
    }
}

/// Bytes of memory (proc_meminfo(5), in KiB there).
fn memory() -> Result<u64, InventoryReadError> {
    let path = Path::new("/proc/meminfo");
    let unreadable = |reason: String| InventoryReadError::Unreadable { path: path.to_owned(), reason };
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:")?.strip_suffix("kB")?.trim().parse().ok());
    let kibibytes: u64 = total.ok_or_else(|| unreadable("no MemTotal".into()))?;
    Ok(kibibytes.saturating_mul(1024))
}
