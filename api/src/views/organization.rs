//! Organizations.

use gpuaas_domain::id::OrganizationId;
use gpuaas_domain::organization::Organization;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::vocabulary;
use crate::http::{Problem, json};
use crate::resource::Resource;

/// An organization: the tenant that everything else belongs to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Organization)]
pub struct OrganizationView {
    /// Its id.
    #[schema(value_type = vocabulary::OrganizationId)]
    pub id: OrganizationId,
    /// Unique name for URLs.
    pub slug: String,
    /// Name for people.
    pub display_name: String,
    /// When it was created.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// A new organization.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrganization {
    /// Unique name for URLs: lowercase letters, digits and single hyphens.
    #[schema(min_length = 1, max_length = 48, pattern = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    pub slug: String,
    /// Name for people, one line.
    #[schema(min_length = 1, max_length = 120, format = "line")]
    pub display_name: String,
}

/// What changes of an organization; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganizationChange {
    /// Unique name for URLs.
    #[serde(default, deserialize_with = "json::present")]
    #[schema(nullable = false, min_length = 1, max_length = 48, pattern = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    pub slug: Option<String>,
    /// Name for people.
    #[serde(default, deserialize_with = "json::present")]
    #[schema(nullable = false, min_length = 1, max_length = 120, format = "line")]
    pub display_name: Option<String>,
}

impl OrganizationView {
    /// The view of an organization.
    pub fn of(resource: Resource<Organization>) -> Result<Self, Problem> {
        let (created_at, updated_at) = resource.times();
        match resource.state {
            Organization::Absent => Err(Resource::<Organization>::missing()),
            Organization::Active { slug, display_name } => {
                Ok(Self { id: resource.id, slug, display_name, created_at, updated_at })
            }
        }
    }
}
