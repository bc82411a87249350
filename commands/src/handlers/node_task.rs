//! Tasks that operators give to nodes; a workload's own are [`super::app_instance`]'s.

use std::sync::Arc;

use async_trait::async_trait;
use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::{NodeId, TaskId};
use gpuaas_domain::node::{self, Node};
use gpuaas_domain::node_protocol::task::RuntimeStatusSpec;
use gpuaas_domain::node_task::{self, NodeTask, Queued, TaskKind};
use gpuaas_log::append::StreamId;
use gpuaas_log::hash::Hash;

use crate::authorization::{Action, Scope};
use crate::engine::{Command, Unit};
use crate::refusal::Refusal;

/// Asks a node what its container engine can do.
#[derive(Debug, Clone)]
pub struct RequestRuntimeStatus {
    /// Which.
    pub node: NodeId,
}

#[async_trait]
impl Command for RequestRuntimeStatus {
    const NAME: &'static str = "node_task.request_runtime_status";
    type Aggregate = NodeTask;

    fn serialize_on(&self) -> Vec<StreamId> {
        Vec::new()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<TaskId, Refusal> {
        unit.authorize(Action::RequestRuntimeStatus, Scope::Platform).await?;
        match unit.load::<Node>(self.node).await? {
            Node::Absent => return Err(Refusal::not_found("node")),
            Node::Registered { .. } => return Err(node::Rejection::NotEnrolled.into()),
            Node::Banned { .. } => return Err(node::Rejection::Banned.into()),
            Node::Removed { .. } => return Err(node::Rejection::Removed.into()),
            // Offline or not: it is told as soon as it is there.
            Node::Enrolled { .. } => {}
        }
        let spec = serde_json::to_vec(&RuntimeStatusSpec {}).map_err(Refusal::internal)?;
        let digest = Digest(Hash::of_blob(&spec).0);
        unit.attach(Arc::from(spec));
        let id: TaskId = unit.new_id();
        let (kind, generation) = (TaskKind::OciRuntimeStatus, 0);
        let queued = Queued { node: self.node, kind, target: None, generation, spec: digest };
        unit.decide::<NodeTask>(id, None, node_task::Command::Queue(queued)).await?;
        Ok(id)
    }
}
