//! What nodes are told to do.

use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::{InstanceId, NodeId, OrganizationId, ProjectId, TaskId};
use gpuaas_domain::node_protocol::output::Failure;
use gpuaas_domain::node_task::{End, NodeTask, Progress, TaskKind};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::vocabulary;
use crate::http::Problem;
use crate::resource::Resource;

/// One thing that a node is told to do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NodeTask)]
pub struct NodeTaskView {
    /// Its id.
    #[schema(value_type = vocabulary::TaskId)]
    pub id: TaskId,
    /// The node.
    #[schema(value_type = vocabulary::NodeId)]
    pub node_id: NodeId,
    /// What it is about.
    #[schema(value_type = vocabulary::TaskKind)]
    pub kind: TaskKind,
    /// How far it has come.
    pub status: NodeTaskStatus,
    /// Whether the node is to leave it off.
    pub cancel_requested: bool,
    /// Generation of the workload.
    pub generation: u64,
    /// BLAKE3 digest of its specification, in hex.
    #[schema(value_type = String, min_length = 64, max_length = 64)]
    pub spec_hash: Digest,
    /// Whose workload it is about; null where it is about the node.
    #[schema(value_type = Option<vocabulary::OrganizationId>)]
    pub organization_id: Option<OrganizationId>,
    /// The workload's project.
    #[schema(value_type = Option<vocabulary::ProjectId>)]
    pub project_id: Option<ProjectId>,
    /// The workload.
    #[schema(value_type = Option<vocabulary::InstanceId>)]
    pub app_instance_id: Option<InstanceId>,
    /// Why it could not be done; null if it did not fail.
    pub failure: Option<TaskFailure>,
    /// When it was queued.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// How far a task has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NodeTaskStatus {
    /// The node may not know of it.
    Queued,
    /// The node has it.
    Delivered,
    /// The node is at it.
    Running,
    /// It was done.
    Succeeded,
    /// It could not be done.
    Failed,
    /// It was taken back.
    Cancelled,
}

/// Why a task could not be done.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskFailure {
    /// The node's stable code.
    pub code: String,
    /// What to do.
    pub message: String,
}

impl From<&Failure> for TaskFailure {
    fn from(failure: &Failure) -> Self {
        Self { code: failure.code.as_str().to_owned(), message: failure.message.to_string() }
    }
}

impl NodeTaskStatus {
    /// Its word in the read models.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Delivered => "delivered",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

impl NodeTaskView {
    /// The view of a task.
    pub fn of(resource: Resource<NodeTask>) -> Result<Self, Problem> {
        let (created_at, updated_at) = resource.times();
        let (queued, status, cancel_requested, failure) = match resource.state {
            NodeTask::Absent => return Err(Resource::<NodeTask>::missing()),
            NodeTask::Open { queued, progress, cancel_requested } => {
                let status = match progress {
                    Progress::Queued => NodeTaskStatus::Queued,
                    Progress::Delivered => NodeTaskStatus::Delivered,
                    Progress::Running => NodeTaskStatus::Running,
                };
                (queued, status, cancel_requested, None)
            }
            NodeTask::Ended(ended) => {
                let (status, failure) = match &ended.end {
                    End::Succeeded(_) => (NodeTaskStatus::Succeeded, None),
                    End::Failed(failed) => (NodeTaskStatus::Failed, Some(TaskFailure::from(&failed.failure))),
                    End::Cancelled(_) => (NodeTaskStatus::Cancelled, None),
                };
                (ended.queued, status, false, failure)
            }
        };
        let target = queued.target.as_ref();
        Ok(Self {
            id: resource.id,
            node_id: queued.node,
            kind: queued.kind,
            status,
            cancel_requested,
            generation: queued.generation,
            spec_hash: queued.spec,
            organization_id: target.map(|target| target.organization),
            project_id: target.map(|target| target.project),
            app_instance_id: target.map(|target| target.instance),
            failure,
            created_at,
            updated_at,
        })
    }
}
