//! One decision function for everything: who, with which roles, may do what, where.
//!
//! The access rules are Cedar policies (never called policies here). Their set has a
//! digest, which goes into every entry with the ids of the rules that decided.

mod action;
mod roles;
mod rules;

pub use action::{Action, Group};
pub use roles::ROLES;
pub(crate) use roles::{NODE, SELF, SERVICE_ACCOUNT};
pub use rules::{AccessRules, Allowed, Denied, RulesError};

use gpuaas_domain::id::{NodeId, OrganizationId, ProjectId, UserId};

/// Where an action applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The whole platform.
    Platform,
    /// One organization.
    Organization(OrganizationId),
    /// One project.
    Project {
        /// Whose it is.
        organization: OrganizationId,
        /// The project.
        project: ProjectId,
    },
    /// A person's own account and tokens.
    Own(UserId),
    /// What is a node's own to say.
    Node(NodeId),
}

impl Scope {
    /// The organization it lies in.
    #[must_use]
    pub fn organization(self) -> Option<OrganizationId> {
        match self {
            Self::Platform | Self::Own(_) | Self::Node(_) => None,
            Self::Organization(organization) | Self::Project { organization, .. } => Some(organization),
        }
    }
}
