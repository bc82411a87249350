//! Entitlements: which apps a project may launch.

use gpuaas_domain::entitlement::Entitlement;
use gpuaas_domain::id::{AppId, EntitlementId, ProjectId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::vocabulary;
use crate::http::Problem;
use crate::resource::Resource;

/// Whether a project may launch an app.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Entitlement)]
pub struct EntitlementView {
    /// Its id.
    #[schema(value_type = vocabulary::EntitlementId)]
    pub id: EntitlementId,
    /// Which project.
    #[schema(value_type = vocabulary::ProjectId)]
    pub project_id: ProjectId,
    /// Which app.
    #[schema(value_type = vocabulary::AppId)]
    pub app_id: AppId,
    /// The app's name in URLs.
    pub app_slug: String,
    /// Whether it may.
    pub enabled: bool,
    /// When it was first enabled.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// Whether a project may launch an app from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntitlementChange {
    /// Whether it may.
    pub enabled: bool,
}

impl EntitlementView {
    /// The view of an entitlement to the app of this slug.
    pub fn of(resource: Resource<Entitlement>, app_slug: String) -> Result<Self, Problem> {
        let (created_at, updated_at) = resource.times();
        let (details, enabled) = match &resource.state {
            Entitlement::Absent => return Err(Resource::<Entitlement>::missing()),
            Entitlement::Enabled(details) => (details, true),
            Entitlement::Disabled(details) => (details, false),
        };
        let (project_id, app_id) = (details.project, details.app);
        Ok(Self { id: resource.id, project_id, app_id, app_slug, enabled, created_at, updated_at })
    }
}
