//! Versions of apps, with their manifests.

use gpuaas_domain::app_version::AppVersion;
use gpuaas_domain::id::{AppId, AppVersionId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

pub use super::status::AppVersionStatus;
use super::vocabulary;
use crate::http::Problem;
use crate::resource::Resource;

/// A version of an app. Its manifest never changes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AppVersion)]
pub struct AppVersionView {
    /// Its id.
    #[schema(value_type = vocabulary::AppVersionId)]
    pub id: AppVersionId,
    /// Of which app.
    #[schema(value_type = vocabulary::AppId)]
    pub app_id: AppId,
    /// What it is called, uniquely in the app.
    pub version: String,
    /// BLAKE3 digest of the manifest's RFC 8785 text.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub manifest_digest: String,
    /// Whether it can be launched.
    pub status: AppVersionStatus,
    /// When it was created.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// A version of an app with its manifest.
#[derive(Debug, Serialize, ToSchema)]
pub struct AppVersionWithManifest {
    /// The version.
    pub version: AppVersionView,
    /// The launchable profile, as `schemas/launchable-profile.v1.schema.json` describes it.
    #[schema(value_type = Object)]
    pub manifest: Value,
}

/// A new version of an app.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAppVersion {
    /// What it is called, uniquely in the app.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9][A-Za-z0-9._+-]*$", example = "2026.04-preview")]
    pub version: String,
    /// The launchable profile, as `schemas/launchable-profile.v1.schema.json` describes it.
    #[schema(value_type = Object)]
    pub manifest: Value,
}

impl AppVersionView {
    /// The view of a version.
    pub fn of(resource: Resource<AppVersion>) -> Result<Self, Problem> {
        let (created_at, updated_at) = resource.times();
        let (details, status) = match resource.state {
            AppVersion::Absent => return Err(Resource::<AppVersion>::missing()),
            AppVersion::Draft(details) => (details, AppVersionStatus::Draft),
            AppVersion::Published(details) => (details, AppVersionStatus::Published),
            AppVersion::Retired(details) => (details, AppVersionStatus::Retired),
        };
        Ok(Self {
            id: resource.id,
            app_id: details.app,
            version: details.version.to_string(),
            manifest_digest: details.manifest.to_string(),
            status,
            created_at,
            updated_at,
        })
    }
}
