//! Commands on app instances: the launch, what people ask of a workload, and what the
//! platform does by itself.

mod launch;
mod observe;
mod requests;
mod task;

pub use launch::LaunchInstance;
pub use observe::ObserveTask;
pub use requests::{
    CancelInstance, DecommissionInstance, EvacuateInstance, RestartInstance, StartInstance, StopInstance,
};
pub use task::QueueInstanceTask;

use gpuaas_domain::Timestamp;
use gpuaas_domain::allocation::{self, Allocation};
use gpuaas_domain::app_instance::{AppInstance, Phase, Requested};
use gpuaas_domain::id::InstanceId;

use super::allocation::take_slots_back;
use crate::engine::Unit;
use crate::refusal::Refusal;

/// Takes a workload from its allocation once nothing of it is left, and the allocation's
/// slots with it, if they were only waiting for that.
async fn settle(unit: &mut Unit<'_>, id: InstanceId, state: &AppInstance) -> Result<(), Refusal> {
    let Some(instance) = state.details().filter(|instance| instance.phase == Phase::Decommissioned) else {
        return Ok(());
    };
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
