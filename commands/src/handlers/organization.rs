//! Commands on organizations.

use async_trait::async_trait;
use gpuaas_domain::id::{OrganizationId, TypedId};
use gpuaas_domain::membership::{self, Grant, Membership, OrganizationRole};
use gpuaas_domain::organization::{self, Organization, SLUG_CLAIM};
use gpuaas_domain::token::Subject;
use gpuaas_log::append::StreamId;

use crate::actor::Actor;
use crate::authorization::{Action, Scope};
use crate::engine::{Command, Unit, membership_id};
use crate::refusal::Refusal;

/// Creates an organization. A person who does becomes its first admin.
#[derive(Debug, Clone)]
pub struct CreateOrganization {
    /// Unique name for URLs.
    pub slug: String,
    /// Name for people.
    pub display_name: String,
}

#[async_trait]
impl Command for CreateOrganization {
    const NAME: &'static str = "organization.create";
    type Aggregate = Organization;

    fn serialize_on(&self) -> Vec<StreamId> {
        Vec::new()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<OrganizationId, Refusal> {
        unit.authorize(Action::CreateOrganization, Scope::Platform).await?;
        let id: OrganizationId = unit.new_id();
        let Self { slug, display_name } = self.clone();
        unit.take(None, SLUG_CLAIM, "slug", &slug);
        let create = organization::Command::Create { slug, display_name };
        unit.decide::<Organization>(id, Some(id), create).await?;
        if let Actor::Principal(principal) = &unit.context().actor
            && let Subject::User(user) = principal.subject
        {
            let grant = Grant::Organization { role: OrganizationRole::Admin };
            let granted = membership::Granted { organization: id, user, grant };
            let membership = membership_id(id, user, None);
            unit.decide::<Membership>(membership, Some(id), membership::Command::Grant(granted)).await?;
        }
        Ok(id)
    }
}

/// Changes an organization's names.
#[derive(Debug, Clone)]
pub struct UpdateOrganization {
    /// Which.
    pub id: OrganizationId,
    /// Unique name for URLs, if it is to change.
    pub slug: Option<String>,
    /// Name for people, if it is to change.
    pub display_name: Option<String>,
}

#[async_trait]
impl Command for UpdateOrganization {
    const NAME: &'static str = "organization.update";
    type Aggregate = Organization;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("organization", self.id.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<OrganizationId, Refusal> {
        let Organization::Active { slug: old, .. } = super::organization(unit, self.id).await? else {
            return Err(Refusal::not_found("organization"));
        };
        unit.authorize(Action::UpdateOrganization, Scope::Organization(self.id)).await?;
        if let Some(new) = self.slug.as_ref().filter(|new| **new != old) {
            unit.release(None, SLUG_CLAIM, &old);
            unit.take(None, SLUG_CLAIM, "slug", new);
        }
        let update = organization::Command::Update { slug: self.slug.clone(), display_name: self.display_name.clone() };
        unit.decide::<Organization>(self.id, Some(self.id), update).await?;
        Ok(self.id)
    }
}
