//! Commands on apps: the platform's own, and those of organizations.

use async_trait::async_trait;
use gpuaas_domain::app::{self, App, Created, SLUG_CLAIM};
use gpuaas_domain::id::{AppId, OrganizationId, TypedId};
use gpuaas_log::append::StreamId;

use crate::authorization::{Action, Scope};
use crate::engine::{Command, Unit};
use crate::refusal::Refusal;

/// Puts an app into the catalog.
#[derive(Debug, Clone)]
pub struct CreateApp {
    /// Whose it is; `None`: the platform's.
    pub organization: Option<OrganizationId>,
    /// Unique name for URLs.
    pub slug: String,
    /// Name for people.
    pub display_name: String,
    /// What it is.
    pub description: Option<String>,
}

#[async_trait]
impl Command for CreateApp {
    const NAME: &'static str = "app.create";
    type Aggregate = App;

    fn serialize_on(&self) -> Vec<StreamId> {
        Vec::new()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<AppId, Refusal> {
        if let Some(organization) = self.organization {
            super::organization(unit, organization).await?;
        }
        let actions = [Action::CreatePlatformApp, Action::CreateOrganizationApp];
        authorize(unit, self.organization, actions).await?;
        let id: AppId = unit.new_id();
        unit.take(None, SLUG_CLAIM, "slug", &self.slug);
        let Self { organization, slug, display_name, description } = self.clone();
        let created = Created { organization, slug, display_name, description };
        unit.decide::<App>(id, organization, app::Command::Create(created)).await?;
        Ok(id)
    }
}

/// Changes what is said of an app.
#[derive(Debug, Clone)]
pub struct UpdateApp {
    /// Which.
    pub id: AppId,
    /// Name for people, if it is to change.
    pub display_name: Option<String>,
    /// What it is, if that is to change; `Some(None)`: nothing is said of it.
    pub description: Option<Option<String>>,
}

#[async_trait]
impl Command for UpdateApp {
    const NAME: &'static str = "app.update";
    type Aggregate = App;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("app", self.id.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<AppId, Refusal> {
        let actions = [Action::UpdatePlatformApp, Action::UpdateOrganizationApp];
        let owner = authorized_app(unit, self.id, actions).await?.organization;
        let Self { display_name, description, .. } = self.clone();
        unit.decide::<App>(self.id, owner, app::Command::Update { display_name, description }).await?;
        Ok(self.id)
    }
}

/// An app that the actor may do this with: the first action if it is the platform's, the
/// second if it is an organization's.
pub(super) async fn authorized_app(unit: &mut Unit<'_>, id: AppId, actions: [Action; 2]) -> Result<Created, Refusal> {
    let app = unit.load::<App>(id).await?;
    let Some(details) = app.details() else { return Err(Refusal::not_found("app")) };
    authorize(unit, details.organization, actions).await?;
    Ok(details.clone())
}

/// Asks for the right on the platform's catalog, or on an organization's.
pub(super) async fn authorize(
    unit: &mut Unit<'_>,
    owner: Option<OrganizationId>,
    [on_platform, in_organization]: [Action; 2],
) -> Result<(), Refusal> {
    match owner {
        None => unit.authorize(on_platform, Scope::Platform).await,
        Some(organization) => unit.authorize(in_organization, Scope::Organization(organization)).await,
    }
}

/// The app of this slug, if the organization may know of it.
pub(super) async fn visible_app(
    unit: &mut Unit<'_>,
    organization: OrganizationId,
    slug: &str,
) -> Result<AppId, Refusal> {
    let holder = unit.holder(None, SLUG_CLAIM, slug).await?;
    let id = AppId::from_uuid(holder.ok_or_else(|| Refusal::not_found("app"))?);
    let app = unit.load::<App>(id).await?;
    if app.is_visible_to(organization) { Ok(id) } else { Err(Refusal::not_found("app")) }
}
