//! From workloads to the tasks of nodes: what a workload needs next is told to its node,
//! what is on an allocation that is to be released is decommissioned, and what is on a node
//! that is gone for good ends.

use std::collections::BTreeSet;

use async_trait::async_trait;
use gpuaas_domain::Code;
use gpuaas_domain::allocation::Allocation;
use gpuaas_domain::id::{AllocationId, InstanceId, NodeId, TypedId};
use gpuaas_domain::node::Node;
use uuid::Uuid;

use super::turn::look_up;
use super::{Meaning, Policy, Stop, Turn};
use crate::handlers::allocation::AbandonAllocation;
use crate::handlers::app_instance::{EvacuateInstance, QueueInstanceTask};

/// The policy that tells nodes what workloads need.
#[derive(Debug, Clone, Copy)]
pub struct Launching;

#[async_trait]
impl Policy for Launching {
    const NAME: &'static str = "policy.launching";
    const ID: Uuid = Uuid::from_u128(0x0192_f0a1_0000_7000_8000_0000_0000_0002);
    // A launch that has become impossible is no refusal: the command records it as failed.
    const MEANINGS: &'static [(Code, Meaning)] =
        &[(Code::InstanceStateConflict, Meaning::Settled), (Code::InstanceDecommissioned, Meaning::Settled)];

    async fn react(&self, turn: &mut Turn<'_>) -> Result<(), Stop> {
        match turn.event {
            "app_instance.requested"
            | "app_instance.start_requested"
            | "app_instance.stop_requested"
            | "app_instance.restart_requested"
            | "app_instance.decommission_requested" => tell(turn, turn.id()).await,
            "node.went_online" | "node.runtime_changed" => wake(turn, turn.id()).await,
            "allocation.release_requested" => evacuate(turn, turn.id()).await,
            "node.removed" => abandon(turn, turn.id()).await,
            _ => Ok(()),
        }
    }
}

async fn tell(turn: &mut Turn<'_>, id: InstanceId) -> Result<(), Stop> {
    turn.issue(id.uuid(), &QueueInstanceTask { id }).await.map(drop)
}

/// Launches what waits for this node.
async fn wake(turn: &mut Turn<'_>, node: NodeId) -> Result<(), Stop> {
    let facts = turn.engine.facts().map_err(look_up)?;
    for fact in facts.waiting_instances(node, turn.position).await.map_err(look_up)? {
        tell(turn, fact.id).await?;
    }
    Ok(())
}

/// Decommissions everything on an allocation.
async fn evacuate(turn: &mut Turn<'_>, id: AllocationId) -> Result<(), Stop> {
    let allocation = turn.engine.fresh_state::<Allocation>(id).await.map_err(look_up)?;
    let instances = allocation.held().map(|active| active.instances.keys().copied().collect::<Vec<_>>());
    for instance in instances.unwrap_or_default() {
        turn.issue(instance.uuid(), &EvacuateInstance { id: instance }).await?;
    }
    Ok(())
}

/// Ends every allocation that has slots of a node.
async fn abandon(turn: &mut Turn<'_>, id: NodeId) -> Result<(), Stop> {
    let node = turn.engine.fresh_state::<Node>(id).await.map_err(look_up)?;
    let holders = node.details().into_iter().flat_map(|details| details.slots.iter());
    let holders: BTreeSet<AllocationId> = holders.filter_map(|(_, slot)| slot.holder).collect();
    for allocation in holders {
        turn.issue(allocation.uuid(), &AbandonAllocation { id: allocation }).await?;
    }
    Ok(())
}
