//! `workload.oci_launch`: the one input of every executor, in seven fields.

use std::collections::{BTreeMap, BTreeSet};

use super::image::{ConfigDigest, ImageReference, ReferenceError};
use crate::bounded::Text;
use crate::event::{fields, words};
use crate::id::{AllocationId, InstanceId, NodeId, OrganizationId, ProjectId};
use crate::node::{Architecture, ReservedSlot};
#[cfg(feature = "schemas")]
use crate::node_protocol::wire;

/// Most environment variables.
const MAX_VARIABLES: usize = 128;
/// Most arguments, mounts, endpoints, secrets: enough for any profile, few enough to bound a task.
const MAX_LISTED: usize = 64;

words! {
    /// Where a mount's files are.
    pub enum MountMode {
        /// In memory, for as long as the container runs.
        Scratch = "scratch",
        /// On the project's storage.
        ProjectStorage = "project_storage",
    }

    /// Who can reach an endpoint.
    pub enum Exposure {
        /// Whoever is on the node, and whoever the platform tunnels there.
        Private = "private",
    }

    /// What is spoken at an endpoint.
    pub enum EndpointKind {
        /// HTTP/1.1, websockets among it.
        Http = "http",
        /// Anything over TCP.
        Tcp = "tcp",
    }
}

fields! {
    /// What of the profile's manifest decides how the container runs.
    pub struct Profile {
        /// Its slug.
        pub slug: Text<48>,
        /// The app's version.
        pub version: Text<64>,
        /// Arguments in place of the image's own; `None`: the image's.
        pub command_args: Option<Vec<Text<4096>>>,
        /// Environment variables.
        pub container_env: BTreeMap<String, Text<8192>>,
        /// Folder to start in; `None`: the image's.
        pub working_directory: Option<Text<255>>,
        /// When it counts as ready; `None`: when it has run for two seconds and a health check of the image, if there is one, passes.
        pub readiness: Option<Readiness>,
    }

    /// An HTTP request that is answered with a status below 400 once the workload is ready.
    pub struct Readiness {
        /// To which endpoint.
        pub endpoint: Text<48>,
        /// Its path.
        pub path: Text<200>,
        /// Seconds until it has failed.
        #[cfg_attr(feature = "schemas", schemars(range(min = 1, max = 1800)))]
        pub timeout_seconds: u32,
    }

    /// What was chosen at launch, validated.
    pub struct LaunchValues {
        /// Thousandths of a processor.
        pub cpu_millis: u32,
        /// Memory in bytes, scratch space among it.
        pub memory_bytes: u64,
        /// GPUs; the placement says which.
        pub gpu_count: u16,
        /// Most processes and threads.
        pub processes: u32,
        /// Bytes of `/tmp`.
        pub temporary_bytes: u64,
    }

    /// Whose workload it is.
    pub struct Identity {
        /// Whose it is.
        #[cfg_attr(feature = "schemas", schemars(schema_with = "wire::id::<OrganizationId>"))]
        pub organization: OrganizationId,
        /// Its project.
        #[cfg_attr(feature = "schemas", schemars(schema_with = "wire::id::<ProjectId>"))]
        pub project: ProjectId,
        /// Whose slots it uses.
        #[cfg_attr(feature = "schemas", schemars(schema_with = "wire::id::<AllocationId>"))]
        pub allocation: AllocationId,
        /// The workload.
        #[cfg_attr(feature = "schemas", schemars(schema_with = "wire::id::<InstanceId>"))]
        pub instance: InstanceId,
    }

    /// Where it runs.
    pub struct Placement {
        /// On which node.
        #[cfg_attr(feature = "schemas", schemars(schema_with = "wire::id::<NodeId>"))]
        pub node: NodeId,
        /// In which slots.
        pub slots: Vec<ReservedSlot>,
        /// With which GPUs, by the driver's ids; as many as `values.gpu_count`.
        pub gpus: Vec<Text<80>>,
    }

    /// A secret that becomes an environment variable, fetched when the container is made.
    pub struct SecretVariable {
        /// The variable's name.
        pub name: Text<120>,
        /// What to ask the server for.
        pub reference: Text<120>,
    }

    /// What runs, and what it takes to get it.
    pub struct Artifact {
        /// The image.
        pub image: Image,
        /// Config digest of the image, where it is known: the image has to have it.
        pub config_digest: Option<ConfigDigest>,
        /// The processor it is for.
        pub architecture: Architecture,
        /// What to ask the server for to log in to the registry; `None`: it takes everybody.
        pub pull_credential: Option<Text<120>>,
        /// Secrets that the workload is given.
        pub secrets: Vec<SecretVariable>,
    }

    /// A folder that the workload may write to.
    pub struct Mount {
        /// The profile's name for it.
        pub name: Text<48>,
        /// Where in the container.
        pub path: Text<255>,
        /// Where the files are.
        pub mode: MountMode,
        /// How much fits.
        pub size_bytes: u64,
    }

    /// Who may reach a port of the workload.
    pub struct EndpointDecision {
        /// The profile's name for it.
        pub name: Text<48>,
        /// The workload's port.
        #[cfg_attr(feature = "schemas", schemars(range(min = 1)))]
        pub port: u16,
        /// What is spoken there.
        pub kind: EndpointKind,
        /// Who can reach it.
        pub exposure: Exposure,
    }

    /// Runs a container.
    pub struct LaunchSpec {
        /// What the profile says.
        pub profile: Profile,
        /// What was chosen.
        pub values: LaunchValues,
        /// Whose it is.
        pub identity: Identity,
        /// Where it runs.
        pub placement: Placement,
        /// What runs.
        pub artifact: Artifact,
        /// Where it may write.
        pub mounts: Vec<Mount>,
        /// Where it can be reached.
        pub endpoints: Vec<EndpointDecision>,
    }
}

/// How an image is named.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Image {
    /// `registry/path@sha256:…`, by manifest digest.
    Registry(Text<512>),
    /// An image that the engine has already, by config digest; only where the agent was started with leave to.
    LocalImage(ConfigDigest),
}

/// Why a launch is refused before anything is touched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecFault {
    /// The image's name.
    #[error(transparent)]
    Image(#[from] ReferenceError),
    /// A value that is out of its range, or that names what is not there.
    #[error("{0}")]
    Value(&'static str),
}

impl LaunchSpec {
    /// Whether the values fit each other; the types have bounded each of them.
    pub fn check(&self) -> Result<(), SpecFault> {
        if let Image::Registry(name) = &self.artifact.image {
            ImageReference::parse(name)?;
        }
        let bounded = [self.mounts.len(), self.endpoints.len(), self.artifact.secrets.len(), self.placement.gpus.len()];
        let arguments = self.profile.command_args.as_ref().map_or(0, Vec::len);
        let faults = [
            (bounded.iter().any(|length| *length > MAX_LISTED), "mounts, endpoints, secrets and gpus: at most 64 each"),
            (arguments > MAX_LISTED, "command_args: at most 64"),
            (self.profile.container_env.len() > MAX_VARIABLES, "container_env: at most 128"),
            (!self.variables_are_sound(), "environment variables are letters, digits and _, each named once"),
            (self.values.cpu_millis < 10, "cpu_millis: at least 10"),
            (self.values.memory_bytes < 6 << 20, "memory_bytes: at least 6 MiB, the least an engine takes"),
            (!(1..=1 << 16).contains(&self.values.processes), "processes: 1 to 65536"),
            (!self.scratch_fits(), "mounts and temporary_bytes: more than 4 KiB each, together less than memory_bytes"),
            (self.placement.gpus.len() != usize::from(self.values.gpu_count), "gpus: as many as gpu_count"),
            (!self.mounts_are_sound(), "mount paths are absolute, without .., apart from each other and from /tmp"),
            (!self.endpoints_are_sound(), "endpoints: each name and port once, no port 0"),
            (!self.readiness_is_sound(), "readiness: of an http endpoint, a path from /, 1 to 1800 seconds"),
        ];
        match faults.into_iter().find(|(faulty, _)| *faulty) {
            None => Ok(()),
            Some((_, sentence)) => Err(SpecFault::Value(sentence)),
        }
    }

    fn variables_are_sound(&self) -> bool {
        let secrets = self.artifact.secrets.iter().map(|secret| secret.name.as_str());
        let mut names: Vec<&str> = self.profile.container_env.keys().map(String::as_str).chain(secrets).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        let sound = |name: &&str| {
            let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
            first && name.len() <= 120 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        names.len() == count && names.iter().all(sound)
    }

    fn scratch_fits(&self) -> bool {
        let sizes = || self.mounts.iter().map(|mount| mount.size_bytes).chain([self.values.temporary_bytes]);
        let together = sizes().try_fold(0u64, u64::checked_add);
        sizes().all(|size| size >= 4096) && together.is_some_and(|sum| sum < self.values.memory_bytes)
    }

    fn mounts_are_sound(&self) -> bool {
        let sound = |path: &str| {
            let inner = path.strip_prefix('/').unwrap_or_default();
            let reserved = ["proc", "sys", "dev", "tmp"].contains(&inner.split('/').next().unwrap_or_default());
            !reserved && inner.split('/').all(|part| !["", ".", ".."].contains(&part)) && !path.contains([',', ':'])
        };
        let paths: Vec<&str> = self.mounts.iter().map(|mount| mount.path.as_str()).collect();
        let inside = |one: &str, other: &str| one == other || one.starts_with(&format!("{other}/"));
        let apart = paths
            .iter()
            .enumerate()
            .all(|(at, one)| paths.iter().enumerate().all(|(place, other)| at == place || !inside(one, other)));
        apart && paths.into_iter().all(sound)
    }

    fn endpoints_are_sound(&self) -> bool {
        let names: BTreeSet<&str> = self.endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect();
        let ports: BTreeSet<u16> = self.endpoints.iter().map(|endpoint| endpoint.port).collect();
        let count = self.endpoints.len();
        names.len() == count && ports.len() == count && !ports.contains(&0) && !names.contains("")
    }

    fn readiness_is_sound(&self) -> bool {
        self.profile.readiness.as_ref().is_none_or(|readiness| {
            let endpoint = self.endpoints.iter().find(|endpoint| endpoint.name == readiness.endpoint);
            let path = readiness.path.as_str();
            let clean = path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic());
            endpoint.is_some_and(|endpoint| endpoint.kind == EndpointKind::Http)
                && clean
                && (1..=1800).contains(&readiness.timeout_seconds)
        })
    }
}

#[cfg(test)]
#[path = "launch_tests.rs"]
mod tests;
