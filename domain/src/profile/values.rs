//! What a launch gives, completed by what the profile says if nothing is given.

use serde_json::{Map, Value};

use super::Profile;
use crate::code::Code;
use crate::event::fields;

fields! {
    /// Resources that a launch asks for.
    #[derive(Default)]
    pub struct Overrides {
        /// GPUs.
        pub gpu_count: Option<u16>,
        /// Processors.
        pub cpu_cores: Option<u32>,
        /// Memory.
        pub memory_gib: Option<u32>,
    }
}

/// What a launch gives.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Given {
    /// Parameters by name.
    pub config: Map<String, Value>,
    /// Parameters that are resources.
    pub resource_overrides: Overrides,
}

/// Why a launch's values are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct LaunchFault {
    /// Which value, as the request names it.
    pub field: String,
    /// The stable code.
    pub code: Code,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl LaunchFault {
    pub(super) fn new(field: impl Into<String>, code: Code, message: impl Into<String>) -> Self {
        Self { field: field.into(), code, message: message.into() }
    }
}

/// Every parameter that has a value: given, or the profile's default.
#[derive(Debug, Clone, PartialEq)]
pub struct Values(Map<String, Value>);

impl Values {
    /// Completes what was given. What the profile does not declare is refused.
    pub fn complete(profile: &Profile, given: &Given) -> Result<Self, Vec<LaunchFault>> {
        let parameters = &profile.manifest().parameters;
        let mut faults = Vec::new();
        let mut values: Map<String, Value> = parameters
            .declared()
            .filter_map(|(name, _)| Some((name.to_owned(), parameters.default_of(name)?.clone())))
            .collect();
        for (place, name, value) in given.all() {
            let field = format!("{place}.{name}");
            if name == "host_port" {
                let message = "the agent picks the port; leave host_port out, and read the port from the endpoints";
                faults.push(LaunchFault::new(field, Code::HostPortRefused, message));
            } else if place == "resource_overrides" && given.config.contains_key(name) {
                faults.push(LaunchFault::new(field, Code::InvalidField, "is given in config, too; give it once"));
            } else if !parameters.declares(name) {
                let message = "this app has no such parameter; its version's parameters.schema lists them";
                faults.push(LaunchFault::new(field, Code::ParameterUnknown, message));
            } else {
                values.insert(name.to_owned(), value);
            }
        }
        if faults.is_empty() { Ok(Self(values)) } else { Err(faults) }
    }

    /// As the parameters' schema judges them.
    #[must_use]
    pub fn to_json(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// The parameters that have a value.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// A parameter's value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}

impl Given {
    /// Place, name and value of everything that was given.
    fn all(&self) -> Vec<(&'static str, &str, Value)> {
        let Overrides { gpu_count, cpu_cores, memory_gib } = &self.resource_overrides;
        let overrides = [
            ("gpu_count", gpu_count.map(Value::from)),
            ("cpu_cores", cpu_cores.map(Value::from)),
            ("memory_gib", memory_gib.map(Value::from)),
        ];
        let overrides = overrides.into_iter().filter_map(|(name, value)| Some(("resource_overrides", name, value?)));
        let config = self.config.iter().map(|(name, value)| ("config", name.as_str(), value.clone()));
        config.chain(overrides).collect()
    }
}
