//! From what a workload needs next to the task that a node is told.

use std::sync::Arc;

use async_trait::async_trait;
use gpuaas_domain::allocation::Allocation;
use gpuaas_domain::app_instance::{self, AppInstance, Instance, InstanceFailure, TaskAction, Waiting};
use gpuaas_domain::bounded::Text;
use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::{InstanceId, TaskId, TypedId};
use gpuaas_domain::node::{Node, Presence};
use gpuaas_domain::node_protocol::task::{ControlAction, ControlSpec, Identity, RemoveSpec};
use gpuaas_domain::node_task::{self, NodeTask, Queued, Target, TaskKind};
use gpuaas_domain::{Code, Rejected};
use gpuaas_log::append::StreamId;
use gpuaas_log::hash::Hash;
use serde::Serialize;

use super::settle;
use crate::authorization::{Action, Scope};
use crate::engine::{Command, Unit};
use crate::refusal::Refusal;

/// Seconds that a workload has to end by itself.
const GRACE_SECONDS: u32 = 10;

/// Tells the node what is next for a workload; one that cannot be launched yet, or not at
/// all any more, is told so instead.
#[derive(Debug, Clone)]
pub struct QueueInstanceTask {
    /// Which.
    pub id: InstanceId,
}

/// What becomes of a launch.
enum Verdict {
    Go,
    Wait(Waiting),
    Never(InstanceFailure),
}

#[async_trait]
impl Command for QueueInstanceTask {
    const NAME: &'static str = "app_instance.queue_task";
    type Aggregate = AppInstance;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("app_instance", self.id.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<InstanceId, Refusal> {
        unit.authorize(Action::QueueInstanceTask, Scope::Platform).await?;
        let state = unit.load::<AppInstance>(self.id).await?;
        let Some(instance) = state.details() else { return Err(app_instance::Rejection::Absent.into()) };
        let Some(action) = instance.pending else { return Ok(self.id) };
        let owner = Some(instance.requested.organization);
        let verdict = if instance.phase.is_before_node() { self.verdict(unit, instance).await? } else { Verdict::Go };
        let command = match verdict {
            Verdict::Go => return self.tell(unit, instance, action).await,
            Verdict::Wait(waiting) => app_instance::Command::Wait(waiting),
            Verdict::Never(failure) => app_instance::Command::Reject(failure),
        };
        let after = unit.decide::<AppInstance>(self.id, owner, command).await?;
        settle(unit, self.id, &after).await?;
        Ok(self.id)
    }
}

impl QueueInstanceTask {
    /// What has changed since the launch was accepted decides, as it is at the append.
    async fn verdict(&self, unit: &mut Unit<'_>, instance: &Instance) -> Result<Verdict, Refusal> {
        let allocation = unit.load::<Allocation>(instance.requested.allocation).await?;
        unit.depend_on::<Allocation>(instance.requested.allocation).await?;
        if let Err(rejection) = allocation.require_active() {
            return Ok(Verdict::Never(failure(rejection.code(), &rejection.to_string())));
        }
        let node = unit.load::<Node>(instance.requested.node).await?;
        unit.depend_on::<Node>(instance.requested.node).await?;
        let details = match &node {
            Node::Enrolled { details, .. } => details,
            Node::Absent | Node::Registered { .. } | Node::Banned { .. } | Node::Removed { .. } => {
                let message = "the node does not count any more; release the allocation and launch on another one";
                return Ok(Verdict::Never(failure(Code::NodeBanned, message)));
            }
        };
        Ok(match (&details.presence, &details.runtime) {
            (Presence::Never | Presence::Offline { .. }, _) => Verdict::Wait(Waiting::NodeOnline),
            (Presence::Online { .. }, Some(runtime)) if runtime.problem.is_none() => Verdict::Go,
            (Presence::Online { .. }, Some(_) | None) => Verdict::Wait(Waiting::NodeRuntime),
        })
    }

    async fn tell(&self, unit: &mut Unit<'_>, instance: &Instance, action: TaskAction) -> Result<InstanceId, Refusal> {
        let owner = Some(instance.requested.organization);
        let task: TaskId = unit.new_id();
        let queue = app_instance::Command::QueueTask { task };
        let after = unit.decide::<AppInstance>(self.id, owner, queue).await?;
        let generation = after.details().map_or(0, |instance| instance.generation);
        // The node may leave off what this replaces.
        if let Some(former) = instance.task {
            unit.decide::<NodeTask>(former, owner, node_task::Command::Cancel).await?;
        }
        let (kind, spec) = self.specification(unit, instance, action)?;
        let requested = &instance.requested;
        let target = Target {
            organization: requested.organization,
            project: requested.project,
            allocation: requested.allocation,
            instance: self.id,
        };
        let queued = Queued { node: requested.node, kind, target: Some(target), generation, spec };
        unit.decide::<NodeTask>(task, owner, node_task::Command::Queue(queued)).await?;
        Ok(self.id)
    }

    /// Kind and specification of the task; the launch's was recorded when it was accepted.
    fn specification(
        &self,
        unit: &mut Unit<'_>,
        instance: &Instance,
        action: TaskAction,
    ) -> Result<(TaskKind, Digest), Refusal> {
        let requested = &instance.requested;
        let identity = Identity {
            organization: requested.organization,
            project: requested.project,
            allocation: requested.allocation,
            instance: self.id,
        };
        let control = match action {
            TaskAction::Launch => return Ok((TaskKind::OciLaunch, requested.launch)),
            TaskAction::Remove => {
                let spec = RemoveSpec { identity, grace_seconds: GRACE_SECONDS };
                return Ok((TaskKind::OciRemove, attached(unit, &spec)?));
            }
            TaskAction::Start => ControlAction::Start,
            TaskAction::Stop => ControlAction::Stop,
            TaskAction::Restart => ControlAction::Restart,
        };
        let spec = ControlSpec { identity, action: control, grace_seconds: GRACE_SECONDS };
        Ok((TaskKind::OciControl, attached(unit, &spec)?))
    }
}

fn attached(unit: &mut Unit<'_>, spec: &impl Serialize) -> Result<Digest, Refusal> {
    let text = serde_json::to_vec(spec).map_err(Refusal::internal)?;
    let digest = Digest(Hash::of_blob(&text).0);
    unit.attach(Arc::from(text));
    Ok(digest)
}

fn failure(code: Code, message: &str) -> InstanceFailure {
    InstanceFailure { code: Text::clipped(code.as_str()), message: Text::clipped(message) }
}
