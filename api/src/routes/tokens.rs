//! Tokens of service accounts and of the operator.

use axum::extract::{FromRequest, Request, State};
use gpuaas_commands::Actor;
use gpuaas_commands::handlers::token::{ACCESS_SECONDS, ExchangeSecret};

use super::personal_tokens::{issued, sign};
use crate::app::Shared;
use crate::auth::admin;
use crate::http::answer::Changed;
use crate::http::mutation::{self, NoBody, NoPath};
use crate::http::{Mutation, Problem};
use crate::views::token::{AccessToken, ClientCredentials, IssuedToken};

/// A request that its body vouches for.
pub struct Exchange(Mutation<NoPath, ClientCredentials>);

impl FromRequest<Shared> for Exchange {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let actor = |credentials: &ClientCredentials| Actor::Credential(credentials.client_id);
        mutation::read(parts, body, app, actor).await.map(Self)
    }
}

/// Exchanges a service account's secret for a short-lived token.
#[utoipa::path(post, path = "/api/v1/auth/token", tag = "tokens", operation_id = "exchange_secret",
    request_body = ClientCredentials, security(()),
    responses((status = 200, description = "The token", body = AccessToken)))]
pub async fn exchange(
    State(app): State<Shared>,
    Exchange(mutation): Exchange,
) -> Result<Changed<AccessToken>, Problem> {
    let ClientCredentials { client_id: account, client_secret: secret } = mutation.body;
    let answer = app.engine.execute(&mutation.context, &ExchangeSecret { account, secret }).await?;
    let access_token = sign(&app, &answer);
    Ok(Changed::new(&app, &answer, AccessToken { access_token, token_type: "Bearer", expires_in: ACCESS_SECONDS }))
}

/// Replaces the operator's token. The old one stops counting; the new one is told once,
/// and written to the server's `admin.token`.
#[utoipa::path(post, path = "/api/v1/admin/token/rotate", tag = "tokens", operation_id = "rotate_admin_token",
    responses((status = 201, description = "The new token", body = IssuedToken)))]
pub async fn rotate(
    State(app): State<Shared>,
    mutation: Mutation<NoPath, NoBody>,
) -> Result<Changed<IssuedToken>, Problem> {
    let command = admin::rotation(&app).await?;
    let answer = app.engine.execute(&mutation.context, &command).await?;
    let changed = issued(&app, &answer).await?;
    if let Some(token) = sign(&app, &answer) {
        admin::keep(&app.admin_token, token).await;
    }
    Ok(changed.added(mutation.context.dry_run))
}
