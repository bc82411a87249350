//! From what a node says of a task to what that means for the workload.

use async_trait::async_trait;
use gpuaas_domain::app_instance::{self, AppInstance, Observation};
use gpuaas_domain::id::{InstanceId, TaskId, TypedId};
use gpuaas_domain::node_task::{End, NodeTask, Progress};
use gpuaas_log::append::StreamId;

use super::settle;
use crate::authorization::{Action, Scope};
use crate::engine::{Command, Unit};
use crate::refusal::Refusal;

/// Lets a workload take what its node has said of a task so far.
#[derive(Debug, Clone)]
pub struct ObserveTask {
    /// Which workload.
    pub instance: InstanceId,
    /// Which task.
    pub task: TaskId,
}

#[async_trait]
impl Command for ObserveTask {
    const NAME: &'static str = "app_instance.observe";
    type Aggregate = AppInstance;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("app_instance", self.instance.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<InstanceId, Refusal> {
        unit.authorize(Action::ObserveInstance, Scope::Platform).await?;
        let instance = unit.load::<AppInstance>(self.instance).await?;
        let Some(details) = instance.details() else { return Err(app_instance::Rejection::Absent.into()) };
        let owner = Some(details.requested.organization);
        let task = unit.load::<NodeTask>(self.task).await?;
        let Some(observation) = observation(&task) else { return Ok(self.instance) };
        let observe = app_instance::Command::Observe { task: self.task, observation };
        let after = unit.decide::<AppInstance>(self.instance, owner, observe).await?;
        settle(unit, self.instance, &after).await?;
        Ok(self.instance)
    }
}

fn observation(task: &NodeTask) -> Option<Observation> {
    match task {
        NodeTask::Absent | NodeTask::Open { progress: Progress::Queued, .. } => None,
        NodeTask::Open { progress: Progress::Delivered | Progress::Running, .. } => Some(Observation::Taken),
        NodeTask::Ended(ended) => Some(match &ended.end {
            End::Succeeded(succeeded) => Observation::Done(succeeded.output.clone().into()),
            End::Failed(failed) => Observation::Failed(failed.failure.clone()),
            End::Cancelled(_) => Observation::Cancelled,
        }),
    }
}
