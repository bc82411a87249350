//! What is there of a workload.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use bollard::models::{ContainerInspectResponse, ContainerState, ContainerStateStatusEnum, HealthStatusEnum};
use gpuaas_domain::bounded::Text;
use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::InstanceId;
use gpuaas_domain::node_protocol::output::{Failure, FailureCode};

use super::{Docker, failure, labels};
use crate::clock;
use crate::executor::{Motion, Sighting};
use crate::journal::Work;

/// How a health check of the image goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Health {
    /// The image has none.
    None,
    /// Not told yet.
    Starting,
    /// Well.
    Healthy,
    /// Not well.
    Unhealthy,
}

/// A workload's container.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) sighting: Sighting,
    pub(super) spec: Option<Digest>,
    pub(super) health: Health,
    pub(super) ip: Option<IpAddr>,
}

impl Docker {
    /// The container of a workload's generation, if it is there and this node's.
    pub(super) async fn find(&self, instance: InstanceId, generation: u64) -> Result<Option<Found>, Failure> {
        let name = labels::name(instance, generation);
        let inspected = match self.engine.client().await?.inspect_container(&name, None).await {
            Ok(inspected) => inspected,
            Err(error) if failure::is_not_found(&error) => return Ok(None),
            Err(error) => return Err(failure::runtime(&error)),
        };
        let strange =
            || Failure::new(FailureCode::RuntimeUnavailable, format!("the engine describes {name} strangely"));
        let found = read(&inspected, &name).ok_or_else(strange)?;
        let label = |key: &str| found.1.get(key).cloned();
        if label(labels::NODE) != Some(self.node.to_string())
            || label(labels::GENERATION) != Some(generation.to_string())
        {
            let message = format!("a container {name} is there that this agent did not make; remove it");
            return Err(Failure::new(FailureCode::SpecConflict, message));
        }
        Ok(Some(found.0))
    }

    /// Where a workload's port can be dialled from the host.
    pub(super) async fn private_address(&self, work: &Work, port: u16) -> Result<SocketAddr, Failure> {
        let found = self.find(work.instance(), work.generation).await?;
        let ip = found.filter(|found| found.sighting.motion == Motion::Running).and_then(|found| found.ip);
        let ip = ip.ok_or_else(|| Failure::new(FailureCode::WorkloadUnknown, "the workload does not run"))?;
        Ok(SocketAddr::new(ip, port))
    }
}

fn read(inspected: &ContainerInspectResponse, network: &str) -> Option<(Found, HashMap<String, String>)> {
    let state = inspected.state.as_ref()?;
    let networks = inspected.network_settings.as_ref().and_then(|settings| settings.networks.as_ref());
    let ip = networks.and_then(|networks| networks.get(network)).and_then(|own| own.ip_address.as_ref()?.parse().ok());
    let known = inspected.config.as_ref().and_then(|config| config.labels.clone()).unwrap_or_default();
    let sighting = Sighting {
        container: Text::clipped(inspected.id.as_deref()?),
        image: inspected.image.as_deref()?.parse().ok()?,
        motion: motion(state),
        started_at: state.started_at.as_deref().and_then(clock::parse),
        finished_at: state.finished_at.as_deref().and_then(clock::parse),
    };
    Some((Found { sighting, spec: labels::spec(&known), health: health(state), ip }, known))
}

fn motion(state: &ContainerState) -> Motion {
    let exited = || Motion::Exited {
        code: state.exit_code.unwrap_or_default(),
        out_of_memory: state.oom_killed.unwrap_or_default(),
    };
    match state.status {
        Some(ContainerStateStatusEnum::RUNNING | ContainerStateStatusEnum::STOPPING) => Motion::Running,
        Some(ContainerStateStatusEnum::PAUSED) => Motion::Paused,
        Some(ContainerStateStatusEnum::CREATED) => Motion::Created,
        Some(
            ContainerStateStatusEnum::RESTARTING
            | ContainerStateStatusEnum::REMOVING
            | ContainerStateStatusEnum::EXITED
            | ContainerStateStatusEnum::DEAD
            | ContainerStateStatusEnum::EMPTY,
        )
        | None => exited(),
    }
}

fn health(state: &ContainerState) -> Health {
    match state.health.as_ref().and_then(|health| health.status) {
        None | Some(HealthStatusEnum::NONE | HealthStatusEnum::EMPTY) => Health::None,
        Some(HealthStatusEnum::STARTING) => Health::Starting,
        Some(HealthStatusEnum::HEALTHY) => Health::Healthy,
        Some(HealthStatusEnum::UNHEALTHY) => Health::Unhealthy,
    }
}
