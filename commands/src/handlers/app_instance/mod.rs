//! Commands on app instances: the launch, what people ask of a workload, and what the
//! platform does by itself.

mod launch;
mod observe;
mod requests;
mod task;
mod token;

pub use launch::LaunchInstance;
pub use observe::ObserveTask;
pub use requests::{
    CancelInstance, DecommissionInstance, EvacuateInstance, RestartInstance, StartInstance, StopInstance,
};
pub use task::QueueInstanceTask;
pub use token::DeliverAppToken;

use gpuaas_domain::Timestamp;
use gpuaas_domain::allocation::{self, Allocation};
use gpuaas_domain::app_instance::{AppInstance, Instance, Phase, Requested};
use gpuaas_domain::id::InstanceId;

use super::allocation::take_slots_back;
use crate::engine::Unit;
use crate::refusal::Refusal;

/// Takes a workload from its allocation when nothing of it is left by now, and the
/// allocation's slots with it, if they were only waiting for that.
async fn settle(unit: &mut Unit<'_>, id: InstanceId, state: &AppInstance) -> Result<(), Refusal> {
    let gone = |instance: &&Instance| instance.phase == Phase::Decommissioned && unit.changes::<AppInstance>(id);
    let Some(instance) = state.details().filter(gone) else { return Ok(()) };
    let now: Timestamp = unit.now();
    let Requested { allocation, organization, .. } = instance.requested;
    let detach = allocation::Command::Detach { instance: id, now };
    let before = unit.load::<Allocation>(allocation).await?;
    let after = unit.decide::<Allocation>(allocation, Some(organization), detach).await?;
    if before != after {
        take_slots_back(unit, allocation, &after).await?;
    }
    Ok(())
}
