//! The token by which a workload knows its users, told to whoever may reach the workload.

use std::fmt;

use async_trait::async_trait;
use gpuaas_domain::app_instance::{self, AppInstance};
use gpuaas_domain::id::{InstanceId, ProjectId, TypedId};
use gpuaas_domain::node_protocol::task::LaunchSpec;
use gpuaas_domain::profile::APP_TOKEN;
use gpuaas_log::append::StreamId;

use super::requests::existing;
use crate::authorization::Action;
use crate::engine::{Command, Unit};
use crate::refusal::Refusal;

/// Tells the token of a workload whose profile asks for one.
#[derive(Clone)]
pub struct DeliverAppToken {
    /// Of which project, as the route says.
    pub project: ProjectId,
    /// Which.
    pub id: InstanceId,
    /// The token, which the key store makes of the id.
    pub token: String,
}

impl fmt::Debug for DeliverAppToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliverAppToken").field("id", &self.id).finish_non_exhaustive()
    }
}

#[async_trait]
impl Command for DeliverAppToken {
    const NAME: &'static str = "app_instance.deliver_app_token";
    const DELIVERS_SECRET: bool = true;
    type Aggregate = AppInstance;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("app_instance", self.id.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<InstanceId, Refusal> {
        let owner = existing(unit, self.project, self.id, Action::TunnelInstance).await?;
        let state = unit.load::<AppInstance>(self.id).await?;
        let Some(instance) = state.details() else { return Err(app_instance::Rejection::Absent.into()) };
        let spec = unit.blob(instance.requested.launch).await?;
        let spec: LaunchSpec = serde_json::from_slice(&spec).map_err(Refusal::internal)?;
        if spec.artifact.secrets.iter().all(|secret| secret.reference.as_str() != APP_TOKEN) {
            return Err(Refusal::not_found("app token"));
        }
        unit.decide::<AppInstance>(self.id, Some(owner), app_instance::Command::DeliverAppToken).await?;
        unit.deliver(self.token.clone());
        Ok(self.id)
    }
}
