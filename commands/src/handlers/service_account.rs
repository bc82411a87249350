//! Commands on service accounts and their secrets.

use async_trait::async_trait;
use gpuaas_domain::id::{ProjectId, SecretId, ServiceAccountId, TypedId};
use gpuaas_domain::membership::ProjectRole;
use gpuaas_domain::service_account::{self, Created, Details, NAME_CLAIM, SecretAdded, ServiceAccount};
use gpuaas_log::append::StreamId;

use crate::authorization::{Action, Scope};
use crate::engine::{Command, Unit};
use crate::refusal::Refusal;
use crate::secret;

/// Most seconds that a secret counts which is not for good: ten years.
pub const MAX_SECRET_SECONDS: u64 = 10 * 365 * 24 * 3600;

/// Creates a service account in a project.
#[derive(Debug, Clone)]
pub struct CreateServiceAccount {
    /// Where it acts.
    pub project: ProjectId,
    /// Name, unique in the project.
    pub name: String,
    /// What it may do there.
    pub role: ProjectRole,
}

#[async_trait]
impl Command for CreateServiceAccount {
    const NAME: &'static str = "service_account.create";
    type Aggregate = ServiceAccount;

    fn serialize_on(&self) -> Vec<StreamId> {
        Vec::new()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<ServiceAccountId, Refusal> {
        let project = super::authorized_active_project(unit, self.project, Action::CreateServiceAccount).await?;
        let id: ServiceAccountId = unit.new_id();
        let organization = project.organization;
        unit.take(Some(organization), NAME_CLAIM, "name", &claim_name(self.project, &self.name));
        let created = Created { organization, project: self.project, name: self.name.clone(), role: self.role };
        let create = service_account::Command::Create(created);
        unit.decide::<ServiceAccount>(id, Some(organization), create).await?;
        Ok(id)
    }
}

/// Changes what a service account may do.
#[derive(Debug, Clone)]
pub struct ChangeServiceAccountRole {
    /// Where it acts, as the route says.
    pub project: ProjectId,
    /// Which.
    pub id: ServiceAccountId,
    /// What it may do.
    pub role: ProjectRole,
}

#[async_trait]
impl Command for ChangeServiceAccountRole {
    const NAME: &'static str = "service_account.change_role";
    type Aggregate = ServiceAccount;

    fn serialize_on(&self) -> Vec<StreamId> {
        stream(self.id)
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<ServiceAccountId, Refusal> {
        let details = existing(unit, self.project, self.id, Action::ChangeServiceAccountRole).await?;
        let change = service_account::Command::ChangeRole(self.role);
        unit.decide::<ServiceAccount>(self.id, Some(details.organization), change).await?;
        Ok(self.id)
    }
}

/// Adds a secret, which is told once.
#[derive(Debug, Clone)]
pub struct AddServiceAccountSecret {
    /// Where it acts, as the route says.
    pub project: ProjectId,
    /// Whose secret.
    pub id: ServiceAccountId,
    /// How long it counts, in seconds; `None`: until it is revoked.
    pub seconds: Option<u64>,
}

#[async_trait]
impl Command for AddServiceAccountSecret {
    const NAME: &'static str = "service_account.add_secret";
    const DELIVERS_SECRET: bool = true;
    type Aggregate = ServiceAccount;

    fn serialize_on(&self) -> Vec<StreamId> {
        stream(self.id)
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<ServiceAccountId, Refusal> {
        let details = existing(unit, self.project, self.id, Action::AddServiceAccountSecret).await?;
        if self.seconds.is_some_and(|seconds| !(60..=MAX_SECRET_SECONDS).contains(&seconds)) {
            let message = format!("expires_in must be 60 to {MAX_SECRET_SECONDS} seconds");
            return Err(Refusal::invalid_field("expires_in", message));
        }
        let id: SecretId = unit.new_id();
        let text = secret::generate(id, unit.effects());
        let expires_at = self.seconds.map(|seconds| unit.now().plus_seconds(seconds));
        let added = SecretAdded { secret: id, digest: unit.effects().secret_digest(&text), expires_at };
        let add = service_account::Command::AddSecret(added);
        unit.decide::<ServiceAccount>(self.id, Some(details.organization), add).await?;
        unit.deliver(text);
        Ok(self.id)
    }
}

/// Revokes a secret.
#[derive(Debug, Clone)]
pub struct RevokeServiceAccountSecret {
    /// Where it acts, as the route says.
    pub project: ProjectId,
    /// Whose secret.
    pub id: ServiceAccountId,
    /// Which secret.
    pub secret: SecretId,
}

#[async_trait]
impl Command for RevokeServiceAccountSecret {
    const NAME: &'static str = "service_account.revoke_secret";
    type Aggregate = ServiceAccount;

    fn serialize_on(&self) -> Vec<StreamId> {
        stream(self.id)
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<ServiceAccountId, Refusal> {
        let details = existing(unit, self.project, self.id, Action::RevokeServiceAccountSecret).await?;
        let revoke = service_account::Command::RevokeSecret(self.secret);
        unit.decide::<ServiceAccount>(self.id, Some(details.organization), revoke).await?;
        Ok(self.id)
    }
}

/// Deletes a service account: it acts no more, and its name is free again.
#[derive(Debug, Clone)]
pub struct DeleteServiceAccount {
    /// Where it acts, as the route says.
    pub project: ProjectId,
    /// Which.
    pub id: ServiceAccountId,
}

#[async_trait]
impl Command for DeleteServiceAccount {
    const NAME: &'static str = "service_account.delete";
    type Aggregate = ServiceAccount;

    fn serialize_on(&self) -> Vec<StreamId> {
        stream(self.id)
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<ServiceAccountId, Refusal> {
        let details = existing(unit, self.project, self.id, Action::DeleteServiceAccount).await?;
        let active = matches!(unit.load::<ServiceAccount>(self.id).await?, ServiceAccount::Active(_));
        if active {
            unit.release(Some(details.organization), NAME_CLAIM, &claim_name(self.project, &details.name));
        }
        let delete = service_account::Command::Delete;
        unit.decide::<ServiceAccount>(self.id, Some(details.organization), delete).await?;
        Ok(self.id)
    }
}

fn stream(id: ServiceAccountId) -> Vec<StreamId> {
    vec![StreamId::new("service_account", id.uuid())]
}

/// Names are unique in a project; the claim's namespace is the organization.
fn claim_name(project: ProjectId, name: &str) -> String {
    format!("{project}/{name}")
}

/// A service account of this project, for an actor that may do this in it.
async fn existing(
    unit: &mut Unit<'_>,
    project: ProjectId,
    id: ServiceAccountId,
    action: Action,
) -> Result<Details, Refusal> {
    let account = unit.load::<ServiceAccount>(id).await?;
    match account.details() {
        Some(details) if details.project == project => {
            unit.authorize(action, Scope::Project { organization: details.organization, project }).await?;
            Ok(details.clone())
        }
        Some(_) | None => Err(Refusal::not_found("service account")),
    }
}
