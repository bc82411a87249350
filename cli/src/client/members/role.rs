//! A role in an organization or in a project.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use gpuaas_sdk::{OrganizationRole, ProjectRole};

use crate::output::Failure;

/// What somebody may do.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Role {
    /// In an organization.
    Organization(OrganizationRole),
    /// In a project.
    Project(ProjectRole),
}

impl Role {
    fn all() -> impl Iterator<Item = Self> {
        let organization = OrganizationRole::ALL.iter().copied().map(Self::Organization);
        organization.chain(ProjectRole::ALL.iter().copied().map(Self::Project))
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Organization(role) => role.as_str(),
            Self::Project(role) => role.as_str(),
        }
    }

    /// As a role in an organization.
    pub(super) fn in_organization(self) -> Result<OrganizationRole, Failure> {
        match self {
            Self::Organization(role) => Ok(role),
            Self::Project(role) => Err(Failure::Usage(format!(
                "{role} is a role in projects; name one as ORGANIZATION/PROJECT, or give a role that begins with org_"
            ))),
        }
    }

    /// As a role in a project.
    pub(super) fn in_project(self) -> Result<ProjectRole, Failure> {
        match self {
            Self::Project(role) => Ok(role),
            Self::Organization(role) => Err(Failure::Usage(format!(
                "{role} is a role in organizations; name one, or give a role that begins with project_"
            ))),
        }
    }
}

/// Takes the name of a role.
pub(super) fn roles() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::all().map(Role::as_str))
        .map(|name| Role::all().find(|role| role.as_str() == name).expect("no other value is possible"))
}
