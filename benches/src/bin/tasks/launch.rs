//! What the API's handlers append: an allocation for each node, and launches on it. The
//! catalog's checks come before that and are not measured here.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use async_trait::async_trait;
use gpuaas_api::app::App;
use gpuaas_commands::{Action, Command, Context, Refusal, Scope, Unit};
use gpuaas_domain::allocation::{self, Allocation, Placed};
use gpuaas_domain::app_instance::{self, AppInstance, Requested};
use gpuaas_domain::bounded::Text;
use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::{
    AllocationId, AppId, AppVersionId, ArtifactId, InstanceId, NodeId, OrganizationId, ProjectId, SkuId, TypedId as _,
};
use gpuaas_domain::node::Architecture;
use gpuaas_domain::node_protocol::task::{
    Artifact, EndpointDecision, EndpointKind, Exposure, Identity, Image, LaunchSpec, LaunchValues, Placement, Profile,
};
use gpuaas_domain::sku::Shape;
use gpuaas_domain::{Aggregate, AnyState};
use gpuaas_log::append::StreamId;
use gpuaas_log::hash::Hash;
use uuid::Uuid;

/// Executes a command as the system.
pub(crate) async fn execute<C: Command>(app: &App, command: &C) -> Result<<C::Aggregate as Aggregate>::Id>
where
    C::Aggregate: TryFrom<AnyState>,
    AnyState: From<C::Aggregate>,
{
    Ok(app.engine.execute(&Context::system([2; 16]), command).await?.id)
}

/// An allocation that has room for every launch.
pub(crate) struct Allocate {
    pub(crate) node: NodeId,
    pub(crate) organization: OrganizationId,
    pub(crate) project: ProjectId,
}

#[async_trait]
impl Command for Allocate {
    const NAME: &'static str = "allocation.create";
    type Aggregate = Allocation;

    fn serialize_on(&self) -> Vec<StreamId> {
        Vec::new()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<AllocationId, Refusal> {
        unit.authorize(Action::CreateAllocation, Scope::Platform).await?;
        let (id, owner): (AllocationId, _) = (unit.new_id(), Some(self.organization));
        let requested = allocation::Requested {
            organization: self.organization,
            project: self.project,
            display_name: "bench".to_owned(),
            sku: SkuId::from_uuid(Uuid::from_u128(1)),
            shape: Shape { architecture: Architecture::Amd64, cpu_cores: 10_000, memory_gib: 10_000, gpu: None },
            wait_until: None,
            unplaced: Vec::new(),
            unplaced_nodes: 0,
        };
        let placed = Placed { at: unit.now(), node: self.node, slots: Vec::new(), gpus: Vec::new() };
        unit.decide::<Allocation>(id, owner, allocation::Command::Request(requested)).await?;
        unit.decide::<Allocation>(id, owner, allocation::Command::Place(placed)).await?;
        Ok(id)
    }
}

/// A launch that passed its checks.
pub(crate) struct Launch {
    pub(crate) node: NodeId,
    pub(crate) allocation: AllocationId,
    pub(crate) organization: OrganizationId,
    pub(crate) project: ProjectId,
}

#[async_trait]
impl Command for Launch {
    const NAME: &'static str = "app_instance.launch";
    type Aggregate = AppInstance;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("allocation", self.allocation.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<InstanceId, Refusal> {
        unit.authorize(Action::LaunchInstance, Scope::Platform).await?;
        let (id, owner): (InstanceId, _) = (unit.new_id(), Some(self.organization));
        let spec = self.specification(id)?;
        let text = serde_json::to_vec(&spec).map_err(Refusal::internal)?;
        let nobody = Uuid::from_u128(1);
        let requested = Requested {
            organization: self.organization,
            project: self.project,
            display_name: "bench".to_owned(),
            app: AppId::from_uuid(nobody),
            app_version: AppVersionId::from_uuid(nobody),
            artifact: ArtifactId::from_uuid(nobody),
            image: spec.artifact.image,
            allocation: self.allocation,
            node: self.node,
            values: spec.values,
            endpoints: spec.endpoints,
            launch: Digest(Hash::of_blob(&text).0),
        };
        unit.attach(Arc::from(text));
        unit.decide::<AppInstance>(id, owner, app_instance::Command::Request(Box::new(requested))).await?;
        let attach = allocation::Command::Attach { instance: id, cpu_cores: 1, memory_gib: 1, gpu_count: 0 };
        unit.decide::<Allocation>(self.allocation, owner, attach).await?;
        Ok(id)
    }
}

impl Launch {
    fn specification(&self, instance: InstanceId) -> Result<LaunchSpec, Refusal> {
        let image = format!("registry.example.org/bench@sha256:{}", "a1".repeat(32));
        Ok(LaunchSpec {
            profile: Profile {
                slug: text("bench")?,
                version: text("1")?,
                command_args: None,
                container_env: BTreeMap::new(),
                working_directory: None,
                readiness: None,
            },
            values: LaunchValues {
                cpu_millis: 1_000,
                memory_bytes: 1 << 30,
                gpu_count: 0,
                processes: 64,
                temporary_bytes: 1 << 20,
            },
            identity: Identity {
                organization: self.organization,
                project: self.project,
                allocation: self.allocation,
                instance,
            },
            placement: Placement { node: self.node, slots: Vec::new(), gpus: Vec::new() },
            artifact: Artifact {
                image: Image::Registry(text(&image)?),
                config_digest: None,
                architecture: Architecture::Amd64,
                pull_credential: None,
                secrets: Vec::new(),
            },
            mounts: Vec::new(),
            endpoints: vec![EndpointDecision {
                name: text("web")?,
                port: 8080,
                kind: EndpointKind::Http,
                exposure: Exposure::Private,
            }],
        })
    }
}

fn text<const MAX: usize>(text: &str) -> Result<Text<MAX>, Refusal> {
    Text::new(text).map_err(Refusal::internal)
}
