//! What people ask of a workload, and the platform when its allocation goes.

use async_trait::async_trait;
use gpuaas_domain::app_instance::{self, AppInstance, DecommissionReason};
use gpuaas_domain::id::{InstanceId, OrganizationId, ProjectId, TypedId};
use gpuaas_log::append::StreamId;

use super::settle;
use crate::authorization::{Action, Scope};
use crate::engine::{Command, Unit};
use crate::refusal::Refusal;

macro_rules! requests {
    ($($(#[$meta:meta])* $name:ident = $command:literal, $action:ident, $request:expr;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $name {
            /// Of which project, as the route says.
            pub project: ProjectId,
            /// Which.
            pub id: InstanceId,
        }

        #[async_trait]
        impl Command for $name {
            const NAME: &'static str = $command;
            type Aggregate = AppInstance;

            fn serialize_on(&self) -> Vec<StreamId> {
                vec![StreamId::new("app_instance", self.id.uuid())]
            }

            async fn run(&self, unit: &mut Unit<'_>) -> Result<InstanceId, Refusal> {
                let owner = existing(unit, self.project, self.id, Action::$action).await?;
                let after = unit.decide::<AppInstance>(self.id, Some(owner), $request).await?;
                settle(unit, self.id, &after).await?;
                Ok(self.id)
            }
        }
    )+};
}

requests! {
    /// Ends a workload and keeps it.
    StopInstance = "app_instance.stop", StopInstance, app_instance::Command::Stop;
    /// Lets a workload run again.
    StartInstance = "app_instance.start", StartInstance, app_instance::Command::Start;
    /// Ends a workload and lets it run again.
    RestartInstance = "app_instance.restart", RestartInstance, app_instance::Command::Restart;
    /// Leaves off what is under way.
    CancelInstance = "app_instance.cancel", CancelInstance, app_instance::Command::Cancel;
    /// Removes a workload.
    DecommissionInstance = "app_instance.decommission", DecommissionInstance,
        app_instance::Command::Decommission(DecommissionReason::Requested);
}

/// Removes a workload because its allocation is to be released.
#[derive(Debug, Clone)]
pub struct EvacuateInstance {
    /// Which.
    pub id: InstanceId,
}

#[async_trait]
impl Command for EvacuateInstance {
    const NAME: &'static str = "app_instance.evacuate";
    type Aggregate = AppInstance;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("app_instance", self.id.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<InstanceId, Refusal> {
        unit.authorize(Action::EvacuateInstance, Scope::Platform).await?;
        let state = unit.load::<AppInstance>(self.id).await?;
        let Some(instance) = state.details() else { return Err(app_instance::Rejection::Absent.into()) };
        let owner = instance.requested.organization;
        let decommission = app_instance::Command::Decommission(DecommissionReason::AllocationReleased);
        let after = unit.decide::<AppInstance>(self.id, Some(owner), decommission).await?;
        settle(unit, self.id, &after).await?;
        Ok(self.id)
    }
}

/// Whose an instance of this project is, for an actor that may do this with it.
pub(super) async fn existing(
    unit: &mut Unit<'_>,
    project: ProjectId,
    id: InstanceId,
    action: Action,
) -> Result<OrganizationId, Refusal> {
    let instance = unit.load::<AppInstance>(id).await?;
    let requested = instance.details().map(|instance| &instance.requested);
    let Some(requested) = requested.filter(|requested| requested.project == project) else {
        return Err(Refusal::not_found("app instance"));
    };
    let organization = requested.organization;
    unit.authorize(action, Scope::Project { organization, project }).await?;
    Ok(organization)
}
