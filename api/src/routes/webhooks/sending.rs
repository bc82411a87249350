//! Whether anything is sent to a webhook, and from where on.

use axum::extract::State;
use gpuaas_commands::handlers::webhook::{DisableWebhook, EnableWebhook, ReplayWebhook};

use crate::app::Shared;
use crate::http::answer::Changed;
use crate::http::mutation::NoBody;
use crate::http::{Mutation, Problem};
use crate::routes::path::WebhookPath;
use crate::views::webhook::{WebhookReplay, WebhookView};

/// Lets a webhook go on where it stopped: what happened meanwhile is sent now.
#[utoipa::path(post, path = "/api/v1/orgs/{org_id}/webhooks/{webhook_id}/enable", tag = "webhooks",
    operation_id = "enable_webhook", params(WebhookPath),
    responses((status = 200, description = "The webhook as it is now", body = WebhookView)))]
pub async fn enable(
    State(app): State<Shared>,
    mutation: Mutation<WebhookPath, NoBody>,
) -> Result<Changed<WebhookView>, Problem> {
    let WebhookPath { org_id: organization, webhook_id: id } = mutation.path;
    let answer = app.engine.execute(&mutation.context, &EnableWebhook { organization, id }).await?;
    super::changed(&app, &answer).await
}

/// Sends nothing to a webhook until it is enabled.
#[utoipa::path(post, path = "/api/v1/orgs/{org_id}/webhooks/{webhook_id}/disable", tag = "webhooks",
    operation_id = "disable_webhook", params(WebhookPath),
    responses((status = 200, description = "The webhook as it is now", body = WebhookView)))]
pub async fn disable(
    State(app): State<Shared>,
    mutation: Mutation<WebhookPath, NoBody>,
) -> Result<Changed<WebhookView>, Problem> {
    let WebhookPath { org_id: organization, webhook_id: id } = mutation.path;
    let answer = app.engine.execute(&mutation.context, &DisableWebhook { organization, id }).await?;
    super::changed(&app, &answer).await
}

/// Sends events again from an earlier one on, under the ids that they had; or goes on after
/// a later one, and leaves out what is between.
#[utoipa::path(post, path = "/api/v1/orgs/{org_id}/webhooks/{webhook_id}/replay", tag = "webhooks",
    operation_id = "replay_webhook", params(WebhookPath), request_body = WebhookReplay,
    responses((status = 200, description = "The webhook as it is now", body = WebhookView)))]
pub async fn replay(
    State(app): State<Shared>,
    mutation: Mutation<WebhookPath, WebhookReplay>,
) -> Result<Changed<WebhookView>, Problem> {
    let WebhookPath { org_id: organization, webhook_id: id } = mutation.path;
    let command = ReplayWebhook { organization, id, after: mutation.body.after };
    let answer = app.engine.execute(&mutation.context, &command).await?;
    super::changed(&app, &answer).await
}
