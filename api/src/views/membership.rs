//! Members of organizations and of projects.

use gpuaas_domain::id::{MembershipId, OrganizationId, ProjectId, UserId};
use gpuaas_domain::membership::{Details, Grant, Membership, OrganizationRole, ProjectRole};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::user::{Person, Whom};
use super::vocabulary;
use crate::http::Problem;
use crate::resource::Resource;

/// A person's role in an organization.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganizationMember {
    /// The membership's id.
    #[schema(value_type = vocabulary::MembershipId)]
    pub id: MembershipId,
    /// Whose organization.
    #[schema(value_type = vocabulary::OrganizationId)]
    pub organization_id: OrganizationId,
    /// Who.
    #[schema(value_type = vocabulary::UserId)]
    pub user_id: UserId,
    /// What they may do.
    #[schema(value_type = vocabulary::OrganizationRole)]
    pub role: OrganizationRole,
    /// Name and address, for those who may add members, and for oneself.
    pub person: Option<Person>,
    /// Whether the person was erased; said to those whom the name would be shown.
    pub erased: bool,
    /// When it was first granted.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// A person's role in a project.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProjectMember {
    /// The membership's id.
    #[schema(value_type = vocabulary::MembershipId)]
    pub id: MembershipId,
    /// Whose project.
    #[schema(value_type = vocabulary::OrganizationId)]
    pub organization_id: OrganizationId,
    /// Which project.
    #[schema(value_type = vocabulary::ProjectId)]
    pub project_id: ProjectId,
    /// Who.
    #[schema(value_type = vocabulary::UserId)]
    pub user_id: UserId,
    /// What they may do.
    #[schema(value_type = vocabulary::ProjectRole)]
    pub role: ProjectRole,
    /// Name and address, for those who may add members, and for oneself.
    pub person: Option<Person>,
    /// Whether the person was erased; said to those whom the name would be shown.
    pub erased: bool,
    /// When it was first granted.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// A new member of an organization.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrganizationMember {
    /// Who.
    #[schema(value_type = vocabulary::UserId)]
    pub user_id: UserId,
    /// What they may do.
    #[schema(value_type = vocabulary::OrganizationRole)]
    pub role: OrganizationRole,
}

/// A new member of a project, who must be one of its organization.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProjectMember {
    /// Who.
    #[schema(value_type = vocabulary::UserId)]
    pub user_id: UserId,
    /// What they may do.
    #[schema(value_type = vocabulary::ProjectRole)]
    pub role: ProjectRole,
}

/// Another role for a member of an organization.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganizationMemberChange {
    /// What they may do from now on.
    #[schema(value_type = vocabulary::OrganizationRole)]
    pub role: OrganizationRole,
}

/// Another role for a member of a project.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectMemberChange {
    /// What they may do from now on.
    #[schema(value_type = vocabulary::ProjectRole)]
    pub role: ProjectRole,
}

impl OrganizationMember {
    /// The view of a membership in an organization.
    pub fn of(resource: Resource<Membership>, whom: Whom) -> Result<Self, Problem> {
        let Whom { person, erased } = whom;
        let (created_at, updated_at) = resource.times();
        let Details { organization, user, grant } = details(&resource)?;
        match grant {
            Grant::Project { .. } => Err(Resource::<Membership>::missing()),
            Grant::Organization { role } => {
                let (id, organization_id, user_id) = (resource.id, organization, user);
                Ok(Self { id, organization_id, user_id, role, person, erased, created_at, updated_at })
            }
        }
    }
}

impl ProjectMember {
    /// The view of a membership in a project.
    pub fn of(resource: Resource<Membership>, whom: Whom) -> Result<Self, Problem> {
        let Whom { person, erased } = whom;
        let (created_at, updated_at) = resource.times();
        let Details { organization, user, grant } = details(&resource)?;
        match grant {
            Grant::Organization { .. } => Err(Resource::<Membership>::missing()),
            Grant::Project { project, role } => {
                let (id, organization_id, project_id, user_id) = (resource.id, organization, project, user);
                Ok(Self { id, organization_id, project_id, user_id, role, person, erased, created_at, updated_at })
            }
        }
    }
}

fn details(resource: &Resource<Membership>) -> Result<Details, Problem> {
    resource.state.details().cloned().ok_or_else(Resource::<Membership>::missing)
}
