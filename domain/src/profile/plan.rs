//! The one input of the node's executor, from a profile and what was chosen.

use super::choice::{Choice, ChosenMount};
use super::{Endpoint, Profile};
use crate::bounded::Text;
use crate::node_protocol::task::{
    Artifact, EndpointDecision, Exposure, Identity, LaunchSpec, LaunchValues, Mount, Placement, Readiness,
    SecretVariable,
};

/// What the agent asks the server for, to give a workload its token.
pub const APP_TOKEN: &str = "app-token";

/// Bytes of a GiB.
const GIB: u64 = 1 << 30;
/// Most processes and threads of a workload: enough for a notebook server with its kernels.
const PROCESSES: u32 = 4096;
/// Seconds until a workload has failed to become ready, if its profile does not say.
const READINESS_SECONDS: u32 = 300;

/// What runs, for whom, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct Running {
    /// The app's version.
    pub version: Text<64>,
    /// Whose workload it is.
    pub identity: Identity,
    /// Where it runs.
    pub placement: Placement,
    /// What runs; [`plan`] adds the secrets.
    pub artifact: Artifact,
}

/// What the node's executor is given. Scratch space is memory, so it is a share of the
/// workload's: a quarter for the mounts together, a sixteenth for `/tmp`.
#[must_use]
pub fn plan(profile: &Profile, choice: &Choice, running: Running) -> LaunchSpec {
    let execution = &profile.manifest().execution;
    let memory_bytes = u64::from(choice.memory_gib) * GIB;
    let mount_bytes = memory_bytes / 4 / (choice.mounts.len() as u64).max(1);
    let mut artifact = running.artifact;
    artifact.secrets = execution
        .app_token
        .iter()
        .map(|token| SecretVariable { name: token.env.clone(), reference: Text::clipped(APP_TOKEN) })
        .collect();
    LaunchSpec {
        profile: crate::node_protocol::task::Profile {
            slug: profile.manifest().profile.slug.clone(),
            version: running.version,
            command_args: execution.command_args.clone(),
            container_env: execution.container_env.clone(),
            working_directory: execution.working_directory.clone(),
            readiness: readiness(profile),
        },
        values: LaunchValues {
            cpu_millis: choice.cpu_cores.saturating_mul(1000),
            memory_bytes,
            gpu_count: choice.gpu_count,
            processes: PROCESSES,
            temporary_bytes: memory_bytes / 16,
        },
        identity: running.identity,
        placement: running.placement,
        artifact,
        mounts: choice.mounts.iter().map(|chosen| mount(chosen, mount_bytes)).collect(),
        endpoints: profile.endpoints().iter().map(endpoint).collect(),
    }
}

fn readiness(profile: &Profile) -> Option<Readiness> {
    let probe = profile.http_readiness()?;
    Some(Readiness {
        endpoint: probe.endpoint.clone()?,
        path: probe.path.clone()?,
        timeout_seconds: probe.timeout_seconds.unwrap_or(READINESS_SECONDS),
    })
}

fn mount(ChosenMount { name, path, mode, .. }: &ChosenMount, size_bytes: u64) -> Mount {
    Mount { name: name.clone(), path: path.clone(), mode: *mode, size_bytes }
}

fn endpoint(Endpoint { name, port, kind, .. }: &Endpoint) -> EndpointDecision {
    EndpointDecision { name: name.clone(), port: *port, kind: kind.spoken(), exposure: Exposure::Private }
}
