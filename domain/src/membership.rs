//! A person's role in an organization or in one of its projects.
//!
//! | state | command | events | next |
//! |---|---|---|---|
//! | Absent | Grant | `membership.granted` | Active |
//! | Active | ChangeRole | `membership.role_changed`, or none | Active |
//! | Active | Remove | `membership.removed` | Removed |
//! | Removed | Grant | `membership.granted` | Active |
//! | Removed | Remove | none | Removed |
//!
//! A person has one membership stream in each scope: its id is derived from the
//! organization, the person and the project, so it is found without a look-up, and its
//! absence can be guarded. A role in the organization reaches all its projects; a role
//! in a project counts only beside a membership in the organization.

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Rejected};
use crate::code::Code;
use crate::event::{events, fields, words};
use crate::id::{MembershipId, OrganizationId, ProjectId, UserId};

words! {
    /// What a member may do in the whole organization.
    pub enum OrganizationRole {
        /// Everything in the organization.
        Admin = "org_admin",
        /// See usage, prices and invoices.
        Finance = "org_finance",
        /// Read everything and the log, change nothing.
        Auditor = "org_auditor",
        /// Know that the organization exists; projects grant the rest.
        Member = "org_member",
    }

    /// What a member may do in one project.
    pub enum ProjectRole {
        /// Everything in the project.
        Admin = "project_admin",
        /// Launch and stop work.
        Developer = "project_developer",
        /// Look.
        Viewer = "project_viewer",
    }
}

/// A role and where it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Grant {
    /// In the whole organization.
    Organization {
        /// What they may do.
        role: OrganizationRole,
    },
    /// In one project of it.
    Project {
        /// Which.
        project: ProjectId,
        /// What they may do.
        role: ProjectRole,
    },
}

impl Grant {
    /// The project it is limited to.
    #[must_use]
    pub fn project(self) -> Option<ProjectId> {
        match self {
            Self::Organization { .. } => None,
            Self::Project { project, .. } => Some(project),
        }
    }

    /// The role's word.
    #[must_use]
    pub fn role(self) -> &'static str {
        match self {
            Self::Organization { role } => role.as_str(),
            Self::Project { role, .. } => role.as_str(),
        }
    }
}

fields! {
    /// The person has the role from here on.
    pub struct Granted {
        /// Whose organization.
        pub organization: OrganizationId,
        /// Who.
        pub user: UserId,
        /// What and where.
        pub grant: Grant,
    }

    /// The role, as it is from here on.
    pub struct RoleChanged {
        /// What and where.
        pub grant: Grant,
    }

    /// The person has no role in this scope from here on.
    pub struct Removed {}
}

events! {
    /// What can happen to a membership.
    pub enum Event {
        /// It was granted.
        Granted(Granted) = "membership.granted", 1;
        /// The role changed.
        RoleChanged(RoleChanged) = "membership.role_changed", 1;
        /// It was removed.
        Removed(Removed) = "membership.removed", 1;
    }
}

/// What can be asked of a membership.
#[derive(Debug, Clone)]
pub enum Command {
    /// Grant it.
    Grant(Granted),
    /// Change the role, in the same scope.
    ChangeRole(Grant),
    /// Remove it.
    Remove,
}

/// Why a membership refuses.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It is there already.
    #[error("this person is a member already; change the role instead")]
    Exists,
    /// It is not there, or was removed.
    #[error("there is no such membership")]
    Absent,
    /// The new role belongs to another scope.
    #[error("the role belongs to another scope; remove this membership and grant another one")]
    AnotherScope,
}

impl Rejected for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::Exists => Code::AlreadyExists,
            Self::Absent => Code::NotFound,
            Self::AnotherScope => Code::RoleOfAnotherScope,
        }
    }
}

/// What is known of a membership.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// Whose organization.
    pub organization: OrganizationId,
    /// Who.
    pub user: UserId,
    /// What and where.
    pub grant: Grant,
}

/// The state of a membership.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Membership {
    /// No entry yet.
    #[default]
    Absent,
    /// It counts.
    Active(Details),
    /// It counts no more.
    Removed(Details),
}

impl Membership {
    /// What is known of it, whatever its state; `None` if it is absent.
    #[must_use]
    pub fn details(&self) -> Option<&Details> {
        match self {
            Self::Absent => None,
            Self::Active(details) | Self::Removed(details) => Some(details),
        }
    }
}

impl Aggregate for Membership {
    const KIND: &'static str = "membership";
    type Id = MembershipId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match (self, command) {
            (Self::Absent | Self::Removed(_), Command::Grant(granted)) => Ok(vec![granted.into()]),
            (Self::Active(_), Command::Grant(_)) => Err(Rejection::Exists),
            (Self::Active(details), Command::ChangeRole(grant)) => {
                if details.grant.project() != grant.project() {
                    return Err(Rejection::AnotherScope);
                }
                Ok((details.grant != grant).then(|| RoleChanged { grant }.into()).into_iter().collect())
            }
            (Self::Active(_), Command::Remove) => Ok(vec![Removed {}.into()]),
            (Self::Removed(_), Command::Remove) => Ok(vec![]),
            (Self::Absent, Command::ChangeRole(_) | Command::Remove) | (Self::Removed(_), Command::ChangeRole(_)) => {
                Err(Rejection::Absent)
            }
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::Granted(Granted { organization, user, grant })) => {
                Self::Active(Details { organization: *organization, user: *user, grant: *grant })
            }
            (Self::Active(details), Event::RoleChanged(RoleChanged { grant })) => {
                Self::Active(Details { grant: *grant, ..details })
            }
            (Self::Active(details), Event::Removed(Removed {})) => Self::Removed(details),
            (state @ (Self::Absent | Self::Removed(_)), Event::RoleChanged(_) | Event::Removed(_)) => state,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::TypedId;

    fn active() -> Membership {
        Membership::default().evolve(
            &Granted {
                organization: OrganizationId::from_uuid(Uuid::from_u128(1)),
                user: UserId::from_uuid(Uuid::from_u128(2)),
                grant: Grant::Organization { role: OrganizationRole::Member },
            }
            .into(),
        )
    }

    #[test]
    fn a_role_does_not_move_to_another_scope() {
        let project = ProjectId::from_uuid(Uuid::from_u128(3));
        let grant = Grant::Project { project, role: ProjectRole::Admin };
        let refused = active().decide(Command::ChangeRole(grant)).unwrap_err();
        assert_eq!(refused.code(), Code::RoleOfAnotherScope);
    }

    #[test]
    fn a_removed_membership_changes_no_role_until_it_is_granted_again() {
        let removed = active().evolve_all(&active().decide(Command::Remove).unwrap());
        let grant = Grant::Organization { role: OrganizationRole::Admin };
        assert!(matches!(removed.decide(Command::ChangeRole(grant)), Err(Rejection::Absent)));
        let details = removed.details().unwrap().clone();
        let again = Granted { organization: details.organization, user: details.user, grant };
        assert_eq!(removed.decide(Command::Grant(again.clone())).unwrap(), [again.into()]);
    }

    #[test]
    fn the_same_role_again_gives_no_event() {
        let same = Grant::Organization { role: OrganizationRole::Member };
        assert_eq!(active().decide(Command::ChangeRole(same)).unwrap(), []);
    }
}
