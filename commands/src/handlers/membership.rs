//! Commands on memberships, in organizations and in projects.

use async_trait::async_trait;
use gpuaas_domain::Code;
use gpuaas_domain::id::{MembershipId, OrganizationId, TypedId, UserId};
use gpuaas_domain::membership::{self, Details, Grant, Granted, Membership};
use gpuaas_domain::project::Project;
use gpuaas_domain::user::User;
use gpuaas_log::append::StreamId;

use crate::authorization::{Action, Scope};
use crate::engine::{Command, Unit, membership_id};
use crate::refusal::Refusal;

/// Makes a person a member of an organization, or of one of its projects.
#[derive(Debug, Clone)]
pub struct GrantMembership {
    /// Whose organization.
    pub organization: OrganizationId,
    /// Who.
    pub user: UserId,
    /// What and where.
    pub grant: Grant,
}

impl GrantMembership {
    fn id(&self) -> MembershipId {
        membership_id(self.organization, self.user, self.grant.project())
    }
}

#[async_trait]
impl Command for GrantMembership {
    const NAME: &'static str = "membership.grant";
    type Aggregate = Membership;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("membership", self.id().uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<MembershipId, Refusal> {
        let actions = [Action::GrantOrganizationMembership, Action::GrantProjectMembership];
        authorize(unit, self.organization, self.grant, actions).await?;
        match unit.load::<User>(self.user).await? {
            User::Absent => return Err(Refusal::not_found("user")),
            User::Disabled(_) => return Err(gpuaas_domain::user::Rejection::Disabled.into()),
            User::Erased => return Err(gpuaas_domain::user::Rejection::Erased.into()),
            User::Active(_) => unit.depend_on::<User>(self.user).await?,
        }
        if self.grant.project().is_some() {
            self.require_organization_membership(unit).await?;
        }
        let granted = Granted { organization: self.organization, user: self.user, grant: self.grant };
        let grant = membership::Command::Grant(granted);
        unit.decide::<Membership>(self.id(), Some(self.organization), grant).await?;
        Ok(self.id())
    }
}

impl GrantMembership {
    async fn require_organization_membership(&self, unit: &mut Unit<'_>) -> Result<(), Refusal> {
        let id = membership_id(self.organization, self.user, None);
        match unit.load::<Membership>(id).await? {
            Membership::Active(_) => unit.depend_on::<Membership>(id).await,
            Membership::Absent | Membership::Removed(_) => Err(Refusal::new(
                Code::NotAMember,
                "this person is no member of the organization; add them there first, for example as org_member",
            )),
        }
    }
}

/// Changes what a member may do, in the same scope.
#[derive(Debug, Clone)]
pub struct ChangeMembershipRole {
    /// Whose organization, as the route says.
    pub organization: OrganizationId,
    /// Which membership.
    pub id: MembershipId,
    /// What and where.
    pub grant: Grant,
}

#[async_trait]
impl Command for ChangeMembershipRole {
    const NAME: &'static str = "membership.change_role";
    type Aggregate = Membership;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("membership", self.id.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<MembershipId, Refusal> {
        let details = existing(unit, self.organization, self.id).await?;
        let actions = [Action::ChangeOrganizationRole, Action::ChangeProjectRole];
        authorize(unit, self.organization, details.grant, actions).await?;
        let change = membership::Command::ChangeRole(self.grant);
        unit.decide::<Membership>(self.id, Some(self.organization), change).await?;
        Ok(self.id)
    }
}

/// Removes a member.
#[derive(Debug, Clone)]
pub struct RemoveMembership {
    /// Whose organization, as the route says.
    pub organization: OrganizationId,
    /// Which membership.
    pub id: MembershipId,
}

#[async_trait]
impl Command for RemoveMembership {
    const NAME: &'static str = "membership.remove";
    type Aggregate = Membership;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("membership", self.id.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<MembershipId, Refusal> {
        let details = existing(unit, self.organization, self.id).await?;
        let actions = [Action::RemoveOrganizationMembership, Action::RemoveProjectMembership];
        authorize(unit, self.organization, details.grant, actions).await?;
        unit.decide::<Membership>(self.id, Some(self.organization), membership::Command::Remove).await?;
        Ok(self.id)
    }
}

/// A membership of this organization; another's is not told apart from none.
async fn existing(unit: &mut Unit<'_>, organization: OrganizationId, id: MembershipId) -> Result<Details, Refusal> {
    let membership = unit.load::<Membership>(id).await?;
    match membership.details() {
        Some(details) if details.organization == organization => Ok(details.clone()),
        Some(_) | None => Err(Refusal::not_found("member")),
    }
}

/// Asks for the right in the organization, or in the project that the grant is limited to.
async fn authorize(
    unit: &mut Unit<'_>,
    organization: OrganizationId,
    grant: Grant,
    [in_organization, in_project]: [Action; 2],
) -> Result<(), Refusal> {
    let Some(id) = grant.project() else {
        super::organization(unit, organization).await?;
        return unit.authorize(in_organization, Scope::Organization(organization)).await;
    };
    let project = unit.load::<Project>(id).await?;
    match project.details() {
        Some(details) if details.organization == organization => {
            unit.authorize(in_project, Scope::Project { organization, project: id }).await
        }
        Some(_) | None => Err(Refusal::not_found("project")),
    }
}
