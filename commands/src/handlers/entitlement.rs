//! Commands on entitlements.

use async_trait::async_trait;
use gpuaas_domain::entitlement::{self, Enabled, Entitlement};
use gpuaas_domain::id::{AppId, EntitlementId, ProjectId, TypedId};
use gpuaas_log::append::StreamId;

use super::app::visible_app;
use crate::authorization::Action;
use crate::engine::{Command, Unit};
use crate::refusal::Refusal;

/// Lets a project launch an app, or no more.
#[derive(Debug, Clone)]
pub struct SetEntitlement {
    /// Which project.
    pub project: ProjectId,
    /// Which app, by its slug.
    pub app_slug: String,
    /// Whether it may.
    pub enabled: bool,
}

#[async_trait]
impl Command for SetEntitlement {
    const NAME: &'static str = "entitlement.set";
    type Aggregate = Entitlement;

    fn serialize_on(&self) -> Vec<StreamId> {
        Vec::new()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<EntitlementId, Refusal> {
        let project = super::authorized_active_project(unit, self.project, Action::SetEntitlement).await?;
        let app = visible_app(unit, project.organization, &self.app_slug).await?;
        let id = entitlement_id(self.project, app);
        let command = if self.enabled {
            entitlement::Command::Enable(Enabled { organization: project.organization, project: self.project, app })
        } else {
            entitlement::Command::Disable
        };
        unit.decide::<Entitlement>(id, Some(project.organization), command).await?;
        Ok(id)
    }
}

/// The stream of a project's right to an app: found without a look-up, so that its
/// absence can be guarded as well.
#[must_use]
pub fn entitlement_id(project: ProjectId, app: AppId) -> EntitlementId {
    let mut hasher = blake3::Hasher::new_derive_key("gpuaas 2026-11 entitlement stream v1");
    hasher.update(project.uuid().as_bytes()).update(app.uuid().as_bytes());
    let mut bytes = [0; 16];
    hasher.finalize_xof().fill(&mut bytes);
    EntitlementId::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}
