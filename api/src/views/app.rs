//! Apps of the catalog.

use gpuaas_domain::app::App;
use gpuaas_domain::id::{AppId, OrganizationId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::vocabulary;
use crate::http::{Problem, json};
use crate::resource::Resource;

/// What can be launched, in versions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = App)]
pub struct AppView {
    /// Its id.
    #[schema(value_type = vocabulary::AppId)]
    pub id: AppId,
    /// Whose it is; null: the platform's.
    #[schema(value_type = Option<vocabulary::OrganizationId>)]
    pub organization_id: Option<OrganizationId>,
    /// Unique name for URLs.
    pub slug: String,
    /// Name for people.
    pub display_name: String,
    /// What it is.
    pub description: Option<String>,
    /// When it was created.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// A new app.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApp {
    /// Whose it is; left out: the platform's, for every organization.
    #[schema(value_type = Option<vocabulary::OrganizationId>)]
    pub organization_id: Option<OrganizationId>,
    /// Unique name for URLs: lowercase letters, digits and single hyphens.
    #[schema(min_length = 1, max_length = 48, pattern = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    pub slug: String,
    /// Name for people, one line.
    #[schema(min_length = 1, max_length = 120, format = "line")]
    pub display_name: String,
    /// What it is, one line.
    #[schema(min_length = 1, max_length = 2000, format = "line")]
    pub description: Option<String>,
}

/// What changes of an app; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppChange {
    /// Name for people.
    #[serde(default, deserialize_with = "json::present")]
    #[schema(nullable = false, min_length = 1, max_length = 120, format = "line")]
    pub display_name: Option<String>,
    /// What it is, one line; empty: nothing is said of it.
    #[serde(default, deserialize_with = "json::present")]
    #[schema(nullable = false, max_length = 2000, format = "line or nothing")]
    pub description: Option<String>,
}

impl AppView {
    /// The view of an app.
    pub fn of(resource: Resource<App>) -> Result<Self, Problem> {
        let (created_at, updated_at) = resource.times();
        match resource.state {
            App::Absent => Err(Resource::<App>::missing()),
            App::Active(details) => Ok(Self {
                id: resource.id,
                organization_id: details.organization,
                slug: details.slug,
                display_name: details.display_name,
                description: details.description,
                created_at,
                updated_at,
            }),
        }
    }
}
