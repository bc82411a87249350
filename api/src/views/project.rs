//! Projects.

use gpuaas_domain::id::{OrganizationId, ProjectId};
use gpuaas_domain::project::{Details, Project};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::vocabulary;
use crate::http::{Problem, json};
use crate::resource::Resource;

/// A project: where the work of an organization happens and what it is billed by.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Project)]
pub struct ProjectView {
    /// Its id.
    #[schema(value_type = vocabulary::ProjectId)]
    pub id: ProjectId,
    /// Whose it is.
    #[schema(value_type = vocabulary::OrganizationId)]
    pub organization_id: OrganizationId,
    /// Name for URLs, unique in the organization.
    pub slug: String,
    /// Name for people.
    pub display_name: String,
    /// Whether new work may begin in it.
    pub status: ProjectStatus,
    /// When it was created.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// Whether new work may begin in a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProjectStatus {
    /// It may.
    Active,
    /// It is closed for new work.
    Archived,
}

impl ProjectStatus {
    /// Its word in the read models.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Archived => "archived",
        }
    }
}

/// A new project.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProject {
    /// Name for URLs, unique in the organization: lowercase letters, digits and single hyphens.
    #[schema(min_length = 1, max_length = 48, pattern = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    pub slug: String,
    /// Name for people, one line.
    #[schema(min_length = 1, max_length = 120, format = "line")]
    pub display_name: String,
}

/// What changes of a project; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectChange {
    /// Name for URLs.
    #[serde(default, deserialize_with = "json::present")]
    #[schema(nullable = false, min_length = 1, max_length = 48, pattern = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    pub slug: Option<String>,
    /// Name for people.
    #[serde(default, deserialize_with = "json::present")]
    #[schema(nullable = false, min_length = 1, max_length = 120, format = "line")]
    pub display_name: Option<String>,
}

impl ProjectView {
    /// The view of a project.
    pub fn of(resource: Resource<Project>) -> Result<Self, Problem> {
        let (created_at, updated_at) = resource.times();
        let (details, status) = match resource.state {
            Project::Absent => return Err(Resource::<Project>::missing()),
            Project::Active(details) => (details, ProjectStatus::Active),
            Project::Archived(details) => (details, ProjectStatus::Archived),
        };
        let Details { organization, slug, display_name } = details;
        Ok(Self { id: resource.id, organization_id: organization, slug, display_name, status, created_at, updated_at })
    }
}
