//! Launchable workloads: what an app's version says of itself, and what becomes of it at
//! a launch.
//!
//! A [`Profile`] is a manifest that was checked, its endpoints in one shape. [`Values`]
//! are what a launch gives, completed by the profile's defaults; a [`Choice`] is what they
//! mean; [`plan`] makes of it what the node's agent runs. All of it is pure. What this is
//! not for: YAML (it is turned into JSON outside), the JSON Schema of the parameters (the
//! write side has the validator), and whether the launch is allowed
//! ([`crate::launch_checks`]).

mod check;
mod choice;
mod execution;
mod fields;
mod manifest;
mod network;
mod normalize;
mod packages;
mod parameters;
mod plan;
#[cfg(test)]
mod tests;
mod values;

use serde_json::Value;

pub use choice::{Choice, ChosenMount};
pub use execution::{
    AdapterStatus, AppToken, Compose, Engine, EngineStatus, EngineSupport, Execution, OutputCommand, OutputEndpoint,
    Outputs, Probe, ProbeKind, Service, Topology, Validation,
};
pub use fields::{FIELDS, Field, PARAMETERS, Treatment, render};
pub use manifest::{
    ArtifactSlot, ArtifactSource, CpuNeed, GpuNeed, GpuPlacement, Identity, LaunchMode, Manifest, MediaType,
    MemoryNeed, MountSlot, ProfileKind, Resources, SchemaVersion, Storage, SupportLevel,
};
pub use network::{
    AuthPattern, ClientAuthMode, Endpoint, EndpointSlot, EndpointType, ExposureMode, ManagedIngress, Network, Protocol,
    Proxy, RouteFamily, RouteIntent, RouteMode,
};
pub use packages::{PackageError, packages};
pub use parameters::{Component, ComponentKind, Group, Parameters, Ui, Wizard, WizardStep};
pub use plan::{APP_TOKEN, Running, plan};
pub use values::{Given, LaunchFault, Overrides, Values};

/// Most bytes of a manifest, as RFC 8785 text.
pub const MAX_MANIFEST: usize = 256 * 1024;

/// The JSON Schema of a manifest, 2020-12: `schemas/launchable-profile.v1.schema.json`.
#[cfg(feature = "schemas")]
#[must_use]
pub fn json_schema() -> schemars::Schema {
    let mut schema = schemars::schema_for!(Manifest);
    schema.insert("$id".into(), "https://gpuaas.dev/schemas/launchable-profile.v1.schema.json".into());
    schema.insert("title".into(), "A launchable workload's profile, version 1".into());
    schema
}

/// What is wrong with a manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct ManifestFault {
    /// Where, with dots between the names.
    pub path: String,
    /// What, and what would be right.
    pub message: String,
}

impl ManifestFault {
    fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

/// A manifest that was checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    manifest: Manifest,
    endpoints: Vec<Endpoint>,
}

impl Profile {
    /// Reads and checks a manifest; everything that is wrong is said at once, save that a
    /// field of the wrong shape is said alone.
    pub fn parse(manifest: &Value) -> Result<Self, Vec<ManifestFault>> {
        let manifest: Manifest = serde::Deserialize::deserialize(manifest)
            .map_err(|error: serde_json::Error| vec![check::misshapen(manifest, &error)])?;
        let mut faults = check::faults(&manifest);
        let mut endpoints = Vec::new();
        for slot in &manifest.network.endpoints {
            match slot.normalize() {
                Ok(endpoint) => endpoints.push(endpoint),
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() { Ok(Self { manifest, endpoints }) } else { Err(faults) }
    }

    /// The manifest as it was written.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Its endpoints, in one shape.
    #[must_use]
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// What the agent asks before the workload counts as running: the one HTTP probe.
    #[must_use]
    pub fn http_readiness(&self) -> Option<&Probe> {
        self.manifest.validation.readiness.iter().find(|probe| probe.kind == ProbeKind::Http)
    }
}
