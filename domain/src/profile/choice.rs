//! What the values of a launch mean.

use serde_json::Value;

use super::manifest::MountSlot;
use super::network::ExposureMode;
use super::packages::packages;
use super::values::{LaunchFault, Values};
use super::{ProbeKind, Profile};
use crate::bounded::Text;
use crate::code::Code;
use crate::node_protocol::task::MountMode;

/// A folder, with where its files will be.
#[derive(Debug, Clone, PartialEq)]
pub struct ChosenMount {
    /// Its name.
    pub name: Text<48>,
    /// Where in the container.
    pub path: Text<255>,
    /// Where the files are.
    pub mode: MountMode,
    /// Whether the profile offers this.
    pub offered: bool,
}

/// What was chosen at a launch. Whether the world can do it is another question.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// GPUs.
    pub gpu_count: u16,
    /// Processors.
    pub cpu_cores: u32,
    /// Memory.
    pub memory_gib: u32,
    /// Folders.
    pub mounts: Vec<ChosenMount>,
    /// Who can reach the endpoints.
    pub exposure: ExposureMode,
}

impl Choice {
    /// Reads values that fit the parameters' schema. A value that would have no effect is
    /// refused, whether it was given or is the profile's default.
    pub fn read(profile: &Profile, values: &Values) -> Result<Self, Vec<LaunchFault>> {
        let mut reader = Reader { profile, values, faults: Vec::new() };
        let needs = &profile.manifest().resources;
        let gpus = needs.gpu.default_count.unwrap_or(needs.gpu.min_count);
        let choice = Self {
            gpu_count: reader
                .number("gpu_count", u32::from(gpus), u32::from(needs.gpu.min_count))
                .try_into()
                .unwrap_or(u16::MAX),
            cpu_cores: reader.number("cpu_cores", needs.cpu.min_cores.unwrap_or(1), needs.cpu.min_cores.unwrap_or(1)),
            memory_gib: reader.number(
                "memory_gib",
                needs.memory.min_gib.unwrap_or(1),
                needs.memory.min_gib.unwrap_or(1),
            ),
            mounts: profile.manifest().storage.mounts.iter().map(|mount| reader.mount(mount)).collect(),
            exposure: reader.exposure(),
        };
        reader.packages();
        reader.meanings();
        reader.readiness();
        if reader.faults.is_empty() { Ok(choice) } else { Err(reader.faults) }
    }
}

struct Reader<'p> {
    profile: &'p Profile,
    values: &'p Values,
    faults: Vec<LaunchFault>,
}

impl Reader<'_> {
    fn fault(&mut self, name: &str, code: Code, message: impl Into<String>) {
        self.faults.push(LaunchFault::new(format!("config.{name}"), code, message));
    }

    fn number(&mut self, name: &str, default: u32, least: u32) -> u32 {
        let number = match self.values.get(name).map(Value::as_u64) {
            None => default,
            Some(Some(number)) if number <= u64::from(u32::MAX) => u32::try_from(number).unwrap_or(u32::MAX),
            Some(_) => {
                self.fault(name, Code::ParameterInvalid, "has to be a whole number");
                return least;
            }
        };
        if number < least {
            self.fault(name, Code::ParameterInvalid, format!("has to be at least {least}, which the app needs"));
        }
        number
    }

    fn text(&mut self, name: &str) -> Option<String> {
        match self.values.get(name)? {
            Value::String(text) => Some(text.clone()),
            _ => {
                self.fault(name, Code::ParameterInvalid, "has to be a text");
                None
            }
        }
    }

    fn mount(&mut self, slot: &MountSlot) -> ChosenMount {
        let parameter = format!("{}_mount", slot.name);
        let scratch = slot.modes.contains(&MountMode::Scratch);
        let default = if scratch { MountMode::Scratch } else { slot.modes[0] };
        let mode = match self.text(&parameter) {
            None => default,
            Some(word) => match MountMode::ALL.iter().find(|mode| mode.as_str() == word) {
                Some(mode) => *mode,
                None => {
                    self.fault(&parameter, Code::StorageModeNotInProfile, "has to be one of the mount's modes");
                    default
                }
            },
        };
        let offered = slot.modes.contains(&mode);
        ChosenMount { name: slot.name.clone(), path: slot.path.clone(), mode, offered }
    }

    fn exposure(&mut self) -> ExposureMode {
        let Some(word) = self.text("exposure_mode") else { return ExposureMode::Private };
        let known = ExposureMode::ALL.iter().find(|mode| mode.as_str() == word);
        if known.is_none() {
            self.fault("exposure_mode", Code::ExposureUnavailable, "has to be private");
        }
        known.copied().unwrap_or(ExposureMode::Private)
    }

    fn packages(&mut self) {
        let Some(text) = self.text("python_packages") else { return };
        match packages(&text) {
            Err(error) => self.fault("python_packages", Code::ParameterInvalid, error.to_string()),
            Ok(packages) if packages.is_empty() => {}
            Ok(_) => {
                let message =
                    "no engine here installs packages at launch; put them into an image, and leave this empty";
                self.fault("python_packages", Code::PythonPackagesUnavailable, message);
            }
        }
    }

    /// Refuses parameters that nothing here understands.
    fn meanings(&mut self) {
        let mounts = &self.profile.manifest().storage.mounts;
        let known = |name: &str| {
            let mount = mounts.iter().any(|mount| name.strip_suffix("_mount") == Some(mount.name.as_str()));
            mount || super::PARAMETERS.iter().any(|field| field.path == name)
        };
        let strange: Vec<String> = self.values.names().filter(|name| !known(name)).map(str::to_owned).collect();
        for name in strange {
            let message = "would have no effect, because no engine here knows this parameter; the app has to drop it";
            self.fault(&name, Code::ParameterUnsupported, message);
        }
    }

    fn readiness(&mut self) {
        let probes = &self.profile.manifest().validation.readiness;
        let asked = probes.iter().filter(|probe| probe.kind != ProbeKind::AdapterStatus);
        let kinds: Vec<ProbeKind> = asked.map(|probe| probe.kind).collect();
        if !matches!(kinds[..], [] | [ProbeKind::Http]) {
            let message = "the engine here asks by one HTTP request at most; the app has to drop its other probes";
            self.faults.push(LaunchFault::new("validation.readiness", Code::ReadinessUnsupported, message));
        }
    }
}
