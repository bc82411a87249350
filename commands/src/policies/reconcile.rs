//! From what nodes say of tasks to what workloads are.

use async_trait::async_trait;
use gpuaas_domain::Code;
use gpuaas_domain::id::{TaskId, TypedId};
use gpuaas_domain::node_task::NodeTask;
use uuid::Uuid;

use super::turn::look_up;
use super::{Meaning, Policy, Stop, Turn};
use crate::handlers::app_instance::ObserveTask;

/// The policy that lets workloads take what nodes say.
#[derive(Debug, Clone, Copy)]
pub struct Reconcile;

#[async_trait]
impl Policy for Reconcile {
    const NAME: &'static str = "policy.reconcile";
    const ID: Uuid = Uuid::from_u128(0x0192_f0a1_0000_7000_8000_0000_0000_0003);
    // What is old changes nothing, which is no refusal; so there is none that it could meet.
    const MEANINGS: &'static [(Code, Meaning)] = &[];

    async fn react(&self, turn: &mut Turn<'_>) -> Result<(), Stop> {
        match turn.event {
            "node_task.delivered"
            | "node_task.started"
            | "node_task.succeeded"
            | "node_task.failed"
            | "node_task.cancelled" => {}
            _ => return Ok(()),
        }
        let task: TaskId = turn.id();
        let state = turn.engine.fresh_state::<NodeTask>(task).await.map_err(look_up)?;
        let target = state.queued().and_then(|queued| queued.target.as_ref());
        let Some(instance) = target.map(|target| target.instance) else { return Ok(()) };
        turn.issue(instance.uuid(), &ObserveTask { instance, task }).await.map(drop)
    }
}
