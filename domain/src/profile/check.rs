//! What types alone cannot say of a manifest: that its parts fit each other.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::ManifestFault;
use super::manifest::{GpuNeed, Identity, Manifest, Resources, Storage};
use super::parameters::{Component, ComponentKind, Parameters};
use super::{ArtifactSlot, Execution, Network, Outputs, Probe, ProbeKind, Validation};
use crate::node_protocol::task::EndpointKind;
use crate::text;

/// Most of anything that is listed.
const MAX_LISTED: usize = 64;
/// Most environment variables.
const MAX_VARIABLES: usize = 100;
/// Most bytes of environment variables and of arguments, each taken together.
const MAX_TEXTS: usize = 16 * 1024;

/// Whether a section has the right shape.
type Reads = fn(&Value) -> bool;

/// The one fault of a manifest that has another shape.
pub(super) fn misshapen(manifest: &Value, error: &serde_json::Error) -> ManifestFault {
    let probes: [(&str, Reads); 9] = [
        ("profile", reads::<Identity>),
        ("artifacts", reads::<std::collections::BTreeMap<String, ArtifactSlot>>),
        ("parameters", reads::<Parameters>),
        ("resources", reads::<Resources>),
        ("storage", reads::<Storage>),
        ("network", reads::<Network>),
        ("execution", reads::<Execution>),
        ("outputs", reads::<Outputs>),
        ("validation", reads::<Validation>),
    ];
    let place = probes.iter().find(|(name, reads)| manifest.get(*name).is_some_and(|section| !reads(section)));
    ManifestFault::new(place.map_or("manifest", |(name, _)| name), error.to_string())
}

fn reads<T: DeserializeOwned>(section: &Value) -> bool {
    T::deserialize(section).is_ok()
}

/// What is wrong with a manifest of the right shape.
pub(super) fn faults(manifest: &Manifest) -> Vec<ManifestFault> {
    let mut faults = Faults(Vec::new());
    faults.identity(manifest);
    faults.artifacts(manifest);
    faults.parameters(&manifest.parameters);
    faults.gpus(&manifest.resources.gpu);
    faults.storage(manifest);
    faults.network(manifest);
    faults.execution(manifest);
    faults.outputs(manifest);
    for (place, probes) in [("readiness", &manifest.validation.readiness), ("smoke", &manifest.validation.smoke)] {
        faults.probes(manifest, place, probes);
    }
    faults.0
}

struct Faults(Vec<ManifestFault>);

impl Faults {
    fn unless(&mut self, sound: bool, path: impl Into<String>, message: impl Into<String>) {
        if !sound {
            self.0.push(ManifestFault::new(path, message));
        }
    }

    fn each_once<'n>(&mut self, path: &str, names: impl Iterator<Item = &'n str>) {
        let names: Vec<&str> = names.collect();
        let different: BTreeSet<&str> = names.iter().copied().collect();
        self.unless(different.len() == names.len(), path, "has a name twice");
        self.unless(names.len() <= MAX_LISTED, path, format!("has more than {MAX_LISTED} members"));
        for name in different {
            self.unless(
                text::slug("name", name).is_ok(),
                format!("{path}.{name}"),
                "is not lowercase letters, digits and hyphens",
            );
        }
    }

    fn identity(&mut self, manifest: &Manifest) {
        let slug = &manifest.profile.slug;
        self.unless(text::slug("slug", slug).is_ok(), "profile.slug", "is not lowercase letters, digits and hyphens");
        self.unless(!manifest.profile.display_name.is_empty(), "profile.display_name", "is empty");
    }

    fn artifacts(&mut self, manifest: &Manifest) {
        let count = manifest.artifacts.len();
        self.unless((1..=MAX_LISTED).contains(&count), "artifacts", format!("has to have 1 to {MAX_LISTED} members"));
        for (name, slot) in &manifest.artifacts {
            let path = format!("artifacts.{name}.digest_required");
            self.unless(slot.digest_required, path, "has to be true: only digests run");
            let path = format!("artifacts.{name}.artifact_name");
            self.unless(text::slug("artifact_name", &slot.artifact_name).is_ok(), path, "is not a slug");
        }
    }

    fn parameters(&mut self, parameters: &Parameters) {
        let schema = &parameters.schema;
        let object = schema.get("type").and_then(Value::as_str) == Some("object");
        self.unless(object, "parameters.schema.type", "has to be object");
        let shaped = schema.get("properties").is_none_or(|properties| {
            properties.as_object().is_some_and(|properties| properties.values().all(Value::is_object))
        });
        self.unless(shaped, "parameters.schema.properties", "has to be an object of schemas");
        for (path, name) in parameters.mentioned() {
            self.unless(
                parameters.declares(name),
                path,
                format!("names {name}, which parameters.schema does not declare"),
            );
        }
        let steps = parameters.ui.launch_wizard.iter().flat_map(|wizard| &wizard.steps);
        for Component { kind, name, .. } in steps.flat_map(|step| &step.components) {
            let is_field = *kind == ComponentKind::Field;
            let path = "parameters.ui.launch_wizard.steps";
            self.unless(is_field == name.is_some(), path, "gives a name where, and only where, the kind is field");
        }
    }

    fn gpus(&mut self, gpu: &GpuNeed) {
        let fits = gpu.default_count.is_none_or(|count| count >= gpu.min_count);
        self.unless(fits, "resources.gpu.default_count", "is less than min_count");
    }

    fn storage(&mut self, manifest: &Manifest) {
        let mounts = &manifest.storage.mounts;
        self.each_once("storage.mounts", mounts.iter().map(|mount| mount.name.as_str()));
        for mount in mounts {
            let path = format!("storage.mounts.{}", mount.name);
            self.unless(!mount.modes.is_empty(), format!("{path}.modes"), "is empty");
            let sound = mount.path.strip_prefix('/').is_some_and(|inner| {
                inner.split('/').all(|part| !["", ".", ".."].contains(&part))
                    && !["proc", "sys", "dev", "tmp"].contains(&inner.split('/').next().unwrap_or_default())
            });
            let message = "has to be absolute, without .., and not in /proc, /sys, /dev or /tmp";
            self.unless(sound, format!("{path}.path"), message);
        }
    }

    fn network(&mut self, manifest: &Manifest) {
        let endpoints = &manifest.network.endpoints;
        self.each_once("network.endpoints", endpoints.iter().map(|endpoint| endpoint.name.as_str()));
        let ports: BTreeSet<u16> = endpoints.iter().map(|endpoint| endpoint.port).collect();
        let sound = ports.len() == endpoints.len() && !ports.contains(&0);
        self.unless(sound, "network.endpoints", "has a port twice, or port 0");
    }

    fn execution(&mut self, manifest: &Manifest) {
        let execution = &manifest.execution;
        let variables = &execution.container_env;
        let bytes: usize = variables.iter().map(|(name, value)| name.len() + value.len()).sum();
        let path = "execution.container_env";
        let message = format!("has more than {MAX_VARIABLES} variables or {MAX_TEXTS} bytes");
        self.unless(variables.len() <= MAX_VARIABLES && bytes <= MAX_TEXTS, path, message);
        for name in variables.keys() {
            self.unless(is_variable(name), format!("{path}.{name}"), "is not letters, digits and _");
        }
        if let Some(token) = &execution.app_token {
            let free = is_variable(&token.env) && !variables.contains_key(token.env.as_str());
            self.unless(free, "execution.app_token.env", "is not letters, digits and _, or is in container_env too");
        }
        let arguments = execution.command_args.as_deref().unwrap_or_default();
        let bytes: usize = arguments.iter().map(|argument| argument.len()).sum();
        let message = format!("has more than {MAX_LISTED} arguments or {MAX_TEXTS} bytes");
        self.unless(arguments.len() <= MAX_LISTED && bytes <= MAX_TEXTS, "execution.command_args", message);
        let absolute = execution.working_directory.as_ref().is_none_or(|folder| folder.starts_with('/'));
        self.unless(absolute, "execution.working_directory", "has to be absolute");
        let supported = &execution.supported_engines;
        let listed = supported.iter().any(|support| support.engine == execution.default_engine);
        let message = "has to list the default engine, if it lists any";
        self.unless(listed || supported.is_empty(), "execution.supported_engines", message);
        self.compose(manifest);
    }

    fn compose(&mut self, manifest: &Manifest) {
        let services = manifest.execution.compose.iter().flat_map(|compose| &compose.topology.services);
        for service in services {
            let path = format!("execution.compose.topology.services.{}", service.name);
            for name in &service.endpoints {
                self.unless(
                    has_endpoint(manifest, name),
                    &*path,
                    format!("names endpoint {name}, which is not declared"),
                );
            }
            for name in &service.mounts {
                let declared = manifest.storage.mounts.iter().any(|mount| mount.name == *name);
                self.unless(declared, &*path, format!("names mount {name}, which is not declared"));
            }
        }
    }

    fn outputs(&mut self, manifest: &Manifest) {
        for output in &manifest.outputs.endpoints {
            let endpoint = output.source.strip_prefix("network.endpoints.");
            let declared = endpoint.is_some_and(|name| has_endpoint(manifest, name));
            let path = format!("outputs.endpoints.{}.source", output.name);
            self.unless(declared, path, "has to be network.endpoints.<name> of a declared endpoint");
        }
    }

    fn probes(&mut self, manifest: &Manifest, place: &str, probes: &[Probe]) {
        for probe in probes {
            let path = format!("validation.{place}.{}", probe.name);
            let Probe { kind, endpoint, path: asked, status, .. } = probe;
            let at_declared = endpoint.as_ref().is_some_and(|name| has_endpoint(manifest, name));
            let (sound, message) = match kind {
                ProbeKind::Http => {
                    let asks = asked.as_ref().is_some_and(|path| path.starts_with('/'));
                    let spoken = endpoint.as_ref().is_some_and(|name| speaks_http(manifest, name));
                    (spoken && asks && status.is_none(), "http has an endpoint that speaks it, and a path from /")
                }
                ProbeKind::Tcp => {
                    (at_declared && asked.is_none() && status.is_none(), "tcp has a declared endpoint and nothing else")
                }
                ProbeKind::AdapterStatus => {
                    (endpoint.is_none() && asked.is_none() && status.is_some(), "adapter_status has a status alone")
                }
            };
            self.unless(sound, path, message);
        }
    }
}

fn has_endpoint(manifest: &Manifest, name: &str) -> bool {
    manifest.network.endpoints.iter().any(|endpoint| endpoint.name.as_str() == name)
}

fn speaks_http(manifest: &Manifest, name: &str) -> bool {
    let slot = manifest.network.endpoints.iter().find(|endpoint| endpoint.name.as_str() == name);
    slot.and_then(|slot| slot.normalize().ok()).is_some_and(|endpoint| endpoint.kind.spoken() == EndpointKind::Http)
}

fn is_variable(name: &str) -> bool {
    let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    first && name.len() <= 120 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
