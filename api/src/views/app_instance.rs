//! App instances: workloads on allocations.

use gpuaas_domain::app_instance::{AppInstance, Instance, Phase, Waiting};
use gpuaas_domain::id::{AllocationId, AppId, AppVersionId, ArtifactId, InstanceId, NodeId, ProjectId};
use gpuaas_domain::node_protocol::task::{EndpointDecision, EndpointKind, Exposure, LaunchValues};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::artifact::ImageView;
use super::vocabulary;
use crate::http::Problem;
use crate::resource::Resource;

/// A workload on an allocation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AppInstance)]
pub struct AppInstanceView {
    /// Its id.
    #[schema(value_type = vocabulary::InstanceId)]
    pub id: InstanceId,
    /// For which project.
    #[schema(value_type = vocabulary::ProjectId)]
    pub project_id: ProjectId,
    /// Name for people.
    pub display_name: String,
    /// Which app.
    #[schema(value_type = vocabulary::AppId)]
    pub app_id: AppId,
    /// Which version of it.
    #[schema(value_type = vocabulary::AppVersionId)]
    pub app_version_id: AppVersionId,
    /// Which of its artifacts.
    #[schema(value_type = vocabulary::ArtifactId)]
    pub artifact_id: ArtifactId,
    /// The image that runs.
    pub image: ImageView,
    /// On which allocation.
    #[schema(value_type = vocabulary::AllocationId)]
    pub allocation_id: AllocationId,
    /// On which node.
    #[schema(value_type = vocabulary::NodeId)]
    pub node_id: NodeId,
    /// Where it is in its life.
    #[schema(value_type = vocabulary::InstancePhase)]
    pub status: Phase,
    /// What it waits for; null: for nothing.
    #[schema(value_type = Option<vocabulary::Waiting>)]
    pub waiting: Option<Waiting>,
    /// What it may use.
    pub resources: ResourcesView,
    /// Where it can be reached.
    pub endpoints: Vec<EndpointView>,
    /// Why it failed, or could not be removed.
    pub failure: Option<FailureView>,
    /// When it was requested.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// What a workload may use.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WorkloadResources)]
pub struct ResourcesView {
    /// Thousandths of a processor.
    pub cpu_millis: u32,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// GPUs.
    pub gpu_count: u16,
}

/// A port of a workload.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Endpoint)]
pub struct EndpointView {
    /// The profile's name for it.
    pub name: String,
    /// What is spoken there.
    #[schema(value_type = vocabulary::EndpointKind)]
    pub kind: EndpointKind,
    /// Who can reach it.
    #[schema(value_type = vocabulary::Exposure)]
    pub exposure: Exposure,
    /// The workload's own port.
    pub container_port: u16,
    /// The node's address, while it runs.
    pub address: Option<String>,
    /// The port there, picked by the agent, while it runs.
    pub port: Option<u16>,
}

/// Why a workload failed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WorkloadFailure)]
pub struct FailureView {
    /// The stable code.
    pub code: String,
    /// What to do.
    pub message: String,
}

/// A launch.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAppInstance {
    /// Which app.
    #[schema(min_length = 1, max_length = 48, example = "jupyterlab")]
    pub app_slug: String,
    /// Which version of it, by its name.
    #[schema(min_length = 1, max_length = 64, example = "2026.04-preview")]
    pub app_version: String,
    /// Name for people, one line.
    #[schema(min_length = 1, max_length = 120, format = "line")]
    pub display_name: String,
    /// Where.
    pub placement_intent: PlacementIntent,
    /// Which artifact; left out: the one that fits.
    #[schema(value_type = Option<vocabulary::ArtifactId>)]
    pub artifact_id: Option<ArtifactId>,
    /// Parameters, as the version's manifest declares them; left out: its defaults.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub config: Map<String, Value>,
    /// Parameters that are resources; left out: the manifest's defaults.
    #[serde(default)]
    pub resource_overrides: ResourceOverrides,
}

/// Where a launch is to run.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlacementIntent {
    /// On which allocation of the project.
    #[schema(value_type = vocabulary::AllocationId)]
    pub target_allocation_id: AllocationId,
}

/// Resources that a launch asks for.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResourceOverrides {
    /// GPUs.
    pub gpu_count: Option<u16>,
    /// Processors.
    pub cpu_cores: Option<u32>,
    /// Memory, in GiB.
    pub memory_gib: Option<u32>,
}

impl AppInstanceView {
    /// The view of a workload.
    pub fn of(resource: Resource<AppInstance>) -> Result<Self, Problem> {
        let (created_at, updated_at) = resource.times();
        let instance = resource.state.details().ok_or_else(Resource::<AppInstance>::missing)?;
        let requested = &instance.requested;
        let LaunchValues { cpu_millis, memory_bytes, gpu_count, .. } = requested.values;
        let failure = instance.failure.as_ref();
        Ok(Self {
            id: resource.id,
            project_id: requested.project,
            display_name: requested.display_name.clone(),
            app_id: requested.app,
            app_version_id: requested.app_version,
            artifact_id: requested.artifact,
            image: (&requested.image).into(),
            allocation_id: requested.allocation,
            node_id: requested.node,
            status: instance.phase,
            waiting: instance.waiting,
            resources: ResourcesView { cpu_millis, memory_bytes, gpu_count },
            endpoints: requested.endpoints.iter().map(|decided| endpoint(decided, instance)).collect(),
            failure: failure
                .map(|failure| FailureView { code: failure.code.to_string(), message: failure.message.to_string() }),
            created_at,
            updated_at,
        })
    }
}

/// An endpoint, with the place that the agent gave it.
fn endpoint(decided: &EndpointDecision, instance: &Instance) -> EndpointView {
    let open = instance.endpoints.iter().find(|endpoint| endpoint.name == decided.name);
    EndpointView {
        name: decided.name.to_string(),
        kind: decided.kind,
        exposure: decided.exposure,
        container_port: decided.port,
        address: open.map(|endpoint| endpoint.address.to_string()),
        port: open.map(|endpoint| endpoint.port),
    }
}
