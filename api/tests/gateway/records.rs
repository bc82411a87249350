//! What the tests write without going through the routes: tasks, allocations, workloads.

use std::sync::Arc;

use async_trait::async_trait;
use gpuaas_api::app::App;
use gpuaas_commands::{Action, Command, Context, Refusal, Scope, Unit};
use gpuaas_domain::allocation::{self, Allocation, Placed};
use gpuaas_domain::app_instance::{self, AppInstance, Observation, Requested};
use gpuaas_domain::bounded::Text;
use gpuaas_domain::enrollment::{self, Enrollment, Issued};
use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::{
    AllocationId, AppId, AppVersionId, ArtifactId, EnrollmentId, InstanceId, NodeId, OrganizationId, ProjectId, SkuId,
    TaskId, TypedId as _,
};
use gpuaas_domain::node::Architecture;
use gpuaas_domain::node_protocol::output::{ExecutorOutput, Lifecycle};
use gpuaas_domain::node_protocol::task::LaunchSpec;
use gpuaas_domain::node_task::{self, NodeTask, Queued, Target, TaskKind};
use gpuaas_domain::service_account::SecretDigest;
use gpuaas_domain::sku::Shape;
use gpuaas_domain::{Aggregate, AnyState, Timestamp};
use gpuaas_log::append::StreamId;
use gpuaas_log::hash::Hash;
use uuid::Uuid;

/// Executes a command as the system.
pub(super) async fn execute<C: Command>(app: &App, command: &C) -> <C::Aggregate as Aggregate>::Id
where
    C::Aggregate: TryFrom<AnyState>,
    AnyState: From<C::Aggregate>,
{
    app.engine.execute(&Context::system([7; 16]), command).await.unwrap().id
}

/// A task for a node.
pub(super) struct QueueTask {
    pub(super) node: NodeId,
    pub(super) kind: TaskKind,
    pub(super) target: Option<Target>,
    pub(super) spec: String,
}

impl QueueTask {
    /// One that asks for the engine's status.
    pub(super) fn status(node: NodeId) -> Self {
        Self { node, kind: TaskKind::OciRuntimeStatus, target: None, spec: "{}".to_owned() }
    }
}

#[async_trait]
impl Command for QueueTask {
    const NAME: &'static str = "app_instance.queue_task";
    type Aggregate = NodeTask;

    fn serialize_on(&self) -> Vec<StreamId> {
        Vec::new()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<TaskId, Refusal> {
        unit.authorize(Action::QueueInstanceTask, Scope::Platform).await?;
        let id: TaskId = unit.new_id();
        let spec = Digest(Hash::of_blob(self.spec.as_bytes()).0);
        unit.attach(Arc::from(self.spec.as_bytes()));
        let owner = self.target.as_ref().map(|target| target.organization);
        let queued = Queued { node: self.node, kind: self.kind, target: self.target.clone(), generation: 1, spec };
        unit.decide::<NodeTask>(id, owner, node_task::Command::Queue(queued)).await?;
        Ok(id)
    }
}

/// Takes a task back.
pub(super) struct CancelTask(pub(super) TaskId);

#[async_trait]
impl Command for CancelTask {
    const NAME: &'static str = "app_instance.queue_task";
    type Aggregate = NodeTask;

    fn serialize_on(&self) -> Vec<StreamId> {
        Vec::new()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<TaskId, Refusal> {
        unit.authorize(Action::QueueInstanceTask, Scope::Platform).await?;
        unit.decide::<NodeTask>(self.0, None, node_task::Command::Cancel).await?;
        Ok(self.0)
    }
}

/// An allocation that has no slots of its node, which nobody looks at here.
pub(super) struct Allocate {
    pub(super) node: NodeId,
    pub(super) organization: OrganizationId,
    pub(super) project: ProjectId,
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
        let id: AllocationId = unit.new_id();
        let requested = allocation::Requested {
            organization: self.organization,
            project: self.project,
            display_name: "test".to_owned(),
            sku: SkuId::from_uuid(Uuid::from_u128(1)),
            shape: Shape { architecture: Architecture::Amd64, cpu_cores: 1, memory_gib: 4, gpu: None },
            wait_until: None,
            unplaced: Vec::new(),
            unplaced_nodes: 0,
        };
        let placed = Placed { at: unit.now(), node: self.node, slots: Vec::new(), gpus: Vec::new() };
        let owner = Some(self.organization);
        unit.decide::<Allocation>(id, owner, allocation::Command::Request(requested)).await?;
        unit.decide::<Allocation>(id, owner, allocation::Command::Place(placed)).await?;
        Ok(id)
    }
}

/// An enrollment token that has expired.
pub(super) struct IssueExpired {
    pub(super) node: NodeId,
    pub(super) digest: SecretDigest,
}

#[async_trait]
impl Command for IssueExpired {
    const NAME: &'static str = "enrollment.issue";
    type Aggregate = Enrollment;

    fn serialize_on(&self) -> Vec<StreamId> {
        Vec::new()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<EnrollmentId, Refusal> {
        unit.authorize(Action::IssueEnrollment, Scope::Platform).await?;
        let id: EnrollmentId = unit.new_id();
        let issued = Issued { node: self.node, digest: self.digest, expires_at: Timestamp(1) };
        unit.decide::<Enrollment>(id, None, enrollment::Command::Issue(issued)).await?;
        Ok(id)
    }
}

/// A target that is nobody's but the test's.
pub(super) fn target(organization: OrganizationId, project: ProjectId, instance: u128) -> Target {
    let allocation = AllocationId::from_uuid(Uuid::from_u128(9));
    Target { organization, project, allocation, instance: InstanceId::from_uuid(Uuid::from_u128(instance)) }
}

/// A short text.
pub(super) fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

/// A workload that runs, as far as the log knows.
pub(super) struct RunInstance {
    pub(super) node: NodeId,
    pub(super) target: Target,
    pub(super) spec: LaunchSpec,
}

#[async_trait]
impl Command for RunInstance {
    const NAME: &'static str = "app_instance.launch";
    type Aggregate = AppInstance;

    fn serialize_on(&self) -> Vec<StreamId> {
        Vec::new()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<InstanceId, Refusal> {
        unit.authorize(Action::LaunchInstance, Scope::Platform).await?;
        let (id, owner) = (self.target.instance, Some(self.target.organization));
        let spec = serde_json::to_vec(&self.spec).unwrap();
        let nobody = Uuid::from_u128(1);
        let requested = Requested {
            organization: self.target.organization,
            project: self.target.project,
            display_name: "test".to_owned(),
            app: AppId::from_uuid(nobody),
            app_version: AppVersionId::from_uuid(nobody),
            artifact: ArtifactId::from_uuid(nobody),
            image: self.spec.artifact.image.clone(),
            allocation: self.target.allocation,
            node: self.node,
            values: self.spec.values.clone(),
            endpoints: self.spec.endpoints.clone(),
            launch: Digest(Hash::of_blob(&spec).0),
        };
        unit.attach(Arc::from(spec));
        let task = unit.new_id();
        let mut output = ExecutorOutput::untouched("test", "ready");
        output.lifecycle = Lifecycle::Running;
        let observation = Observation::Done(Box::new(output));
        for command in [
            app_instance::Command::Request(Box::new(requested)),
            app_instance::Command::QueueTask { task },
            app_instance::Command::Observe { task, observation },
        ] {
            unit.decide::<AppInstance>(id, owner, command).await?;
        }
        Ok(id)
    }
}
