//! Service accounts and their secrets.

use gpuaas_domain::id::{OrganizationId, ProjectId, SecretId, ServiceAccountId};
use gpuaas_domain::membership::ProjectRole;
use gpuaas_domain::service_account::ServiceAccount;
use gpuaas_relay::moment;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::vocabulary;
use crate::http::Problem;
use crate::resource::Resource;

/// A machine identity of a project.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServiceAccount)]
pub struct ServiceAccountView {
    /// Its id, which is also its client id.
    #[schema(value_type = vocabulary::ServiceAccountId)]
    pub id: ServiceAccountId,
    /// Whose it is.
    #[schema(value_type = vocabulary::OrganizationId)]
    pub organization_id: OrganizationId,
    /// Where it acts.
    #[schema(value_type = vocabulary::ProjectId)]
    pub project_id: ProjectId,
    /// Name, unique in the project.
    pub name: String,
    /// What it may do there.
    #[schema(value_type = vocabulary::ProjectRole)]
    pub role: ProjectRole,
    /// The secrets that it can exchange for tokens, oldest first; never the secrets themselves.
    pub secrets: Vec<SecretView>,
    /// When it was created.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// A secret that can be exchanged for tokens; never the secret itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Secret)]
pub struct SecretView {
    /// Its id.
    #[schema(value_type = vocabulary::SecretId)]
    pub id: SecretId,
    /// Until when; null: until it is revoked.
    #[schema(format = DateTime)]
    pub expires_at: Option<String>,
}

/// A new service account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewServiceAccount {
    /// Name, unique in the project: lowercase letters, digits and single hyphens.
    #[schema(min_length = 1, max_length = 48, pattern = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    pub name: String,
    /// What it may do there.
    #[schema(value_type = vocabulary::ProjectRole)]
    pub role: ProjectRole,
}

/// Another role for a service account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceAccountChange {
    /// What it may do from now on.
    #[schema(value_type = vocabulary::ProjectRole)]
    pub role: ProjectRole,
}

/// A new secret.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSecret {
    /// For how many seconds it counts; left out: until it is revoked.
    #[schema(minimum = 60, maximum = 315_360_000)]
    pub expires_in: Option<u64>,
}

/// A secret that was just added. It is told this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddedSecret {
    /// The service account with it.
    pub service_account: ServiceAccountView,
    /// Its id; null after a dry run.
    #[schema(value_type = Option<vocabulary::SecretId>)]
    pub id: Option<SecretId>,
    /// The secret itself, not told again; null after a dry run.
    #[schema(format = Password, example = "gsec_01h2e8kqvbfwea724h75qc655w_4zv9y2s0h1r8k3m7x5c6q0t2pe")]
    pub secret: Option<String>,
}

impl ServiceAccountView {
    /// The view of a service account.
    pub fn of(resource: Resource<ServiceAccount>) -> Result<Self, Problem> {
        let (created_at, updated_at) = resource.times();
        let details = resource.state.details().cloned().ok_or_else(Resource::<ServiceAccount>::missing)?;
        let secrets = details.secrets.into_iter();
        Ok(Self {
            id: resource.id,
            organization_id: details.organization,
            project_id: details.project,
            name: details.name,
            role: details.role,
            secrets: secrets
                .map(|(id, secret)| SecretView { id, expires_at: secret.expires_at.map(moment::print) })
                .collect(),
            created_at,
            updated_at,
        })
    }
}
