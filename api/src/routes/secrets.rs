//! Secrets of service accounts.

use axum::extract::State;
use gpuaas_commands::handlers::service_account::{AddServiceAccountSecret, RevokeServiceAccountSecret};
use gpuaas_domain::id::SecretId;

use super::path::{SecretPath, ServiceAccountPath};
use super::service_accounts;
use crate::app::Shared;
use crate::http::answer::Changed;
use crate::http::mutation::NoBody;
use crate::http::{Mutation, Problem};
use crate::resource::Resource;
use crate::views::service_account::{AddedSecret, NewSecret, ServiceAccountView};

/// Adds a secret to a service account. It is told once.
#[utoipa::path(post, path = "/api/v1/projects/{project_id}/service-accounts/{service_account_id}/secrets",
    tag = "service accounts", operation_id = "add_service_account_secret", params(ServiceAccountPath),
    request_body = NewSecret, responses((status = 201, description = "The new secret", body = AddedSecret)))]
pub async fn add(
    State(app): State<Shared>,
    mutation: Mutation<ServiceAccountPath, NewSecret>,
) -> Result<Changed<AddedSecret>, Problem> {
    let ServiceAccountPath { project_id: project, service_account_id: id } = mutation.path;
    let add = AddServiceAccountSecret { project, id, seconds: mutation.body.expires_in };
    let mut answer = app.engine.execute(&mutation.context, &add).await?;
    let secret = answer.secret.take();
    let view = AddedSecret {
        service_account: ServiceAccountView::of(Resource::of_answer(&app, &answer).await?)?,
        id: secret.as_deref().and_then(named),
        secret,
    };
    Ok(Changed::new(&app, &answer, view).added(mutation.context.dry_run))
}

/// Revokes a secret: it can be exchanged no more.
#[utoipa::path(delete, path = "/api/v1/projects/{project_id}/service-accounts/{service_account_id}/secrets/{secret_id}",
    tag = "service accounts", operation_id = "revoke_service_account_secret", params(SecretPath),
    responses((status = 200, description = "The service account without it", body = ServiceAccountView)))]
pub async fn revoke(
    State(app): State<Shared>,
    mutation: Mutation<SecretPath, NoBody>,
) -> Result<Changed<ServiceAccountView>, Problem> {
    let SecretPath { project_id: project, service_account_id: id, secret_id: secret } = mutation.path;
    let command = RevokeServiceAccountSecret { project, id, secret };
    service_accounts::changed(&app, &app.engine.execute(&mutation.context, &command).await?).await
}

/// The id that a secret names: `gsec_<digits of the id>_<random>`.
fn named(secret: &str) -> Option<SecretId> {
    let digits = secret.split('_').nth(1)?;
    format!("sec_{digits}").parse().ok()
}
