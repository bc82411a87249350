//! The keys that sign what is sent to webhooks.

use axum::extract::State;
use gpuaas_commands::handlers::webhook::RotateWebhookKey;

use crate::app::Shared;
use crate::http::answer::Changed;
use crate::http::{Mutation, Problem};
use crate::routes::path::WebhookPath;
use crate::views::webhook::{KeyedWebhook, WebhookRotation};

/// How long an old key signs, unless asked for otherwise: a day.
const OVERLAP_SECONDS: u64 = 24 * 60 * 60;

/// Replaces the key that signs. For a while both sign, so that a receiver can change over;
/// a key that still ran out from an earlier rotation ends at once.
#[utoipa::path(post, path = "/api/v1/orgs/{org_id}/webhooks/{webhook_id}/rotate-key", tag = "webhooks",
    operation_id = "rotate_webhook_key", params(WebhookPath), request_body = WebhookRotation,
    responses((status = 200, description = "The webhook with its new key", body = KeyedWebhook)))]
pub async fn rotate(
    State(app): State<Shared>,
    mutation: Mutation<WebhookPath, WebhookRotation>,
) -> Result<Changed<KeyedWebhook>, Problem> {
    let WebhookPath { org_id: organization, webhook_id: id } = mutation.path;
    let WebhookRotation { algorithm, overlap_seconds } = mutation.body;
    let overlap_seconds = overlap_seconds.unwrap_or(OVERLAP_SECONDS);
    let command = RotateWebhookKey { organization, id, algorithm, overlap_seconds, key: super::new_key() };
    let mut answer = app.engine.execute(&mutation.context, &command).await?;
    let view = super::keyed(&app, &mut answer).await?;
    Ok(Changed::new(&app, &answer, view))
}
