//! GPUs, through NVIDIA's management library, which is loaded if it is there.

use gpuaas_domain::bounded::Text;
use gpuaas_domain::node::{Gpu, MAX_GPUS};
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::{Device, Nvml};

/// The GPUs of this machine; none where the library is not there.
pub(super) fn read() -> Vec<Gpu> {
    let Ok(nvml) = Nvml::init() else { return Vec::new() };
    let count = nvml.device_count().unwrap_or_default();
    let gpus = (0..count).filter_map(|index| {
        let gpu = nvml.device_by_index(index).and_then(|device| describe(&device));
        gpu.inspect_err(|error| tracing::warn!(index, %error, "a GPU does not say what it is")).ok()
    });
    gpus.take(MAX_GPUS).collect()
}

fn describe(device: &Device<'_>) -> Result<Gpu, NvmlError> {
    Ok(Gpu {
        uuid: Text::clipped(&device.uuid()?),
        model: Text::clipped(&device.name()?),
        memory_bytes: device.memory_info()?.total,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_gpu_that_the_driver_has_is_listed() {
        // The driver's own list (its README, chapter on /proc); without a driver there is no such folder.
        let listed = std::fs::read_dir("/proc/driver/nvidia/gpus").map_or(0, Iterator::count);
        let gpus = read();
        assert_eq!(gpus.len(), listed);
        assert!(gpus.iter().all(|gpu| gpu.uuid.starts_with("GPU-") && gpu.memory_bytes > 0), "{gpus:?}");
    }
}
