//! Events that webhooks gave up.

use axum::Json;
use axum::extract::State;
use gpuaas_commands::Action;
use gpuaas_commands::handlers::webhook::RedeliverWebhook;
use gpuaas_domain::Code;
use gpuaas_domain::webhook::Webhook;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::Shared;
use crate::http::answer::Changed;
use crate::http::mutation::NoBody;
use crate::http::page::{self, Page};
use crate::http::{Mutation, Problem, Read};
use crate::resource::Resource;
use crate::routes::path::{DeadLetterPath, WebhookPath};
use crate::routes::scope;
use crate::views::webhook::{DeadLetterView, WebhookView};

/// Which dead letters.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeadLetters {
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// Lists the events that a webhook gave up.
#[utoipa::path(get, path = "/api/v1/orgs/{org_id}/webhooks/{webhook_id}/dead-letters", tag = "webhooks",
    operation_id = "list_dead_letters", params(WebhookPath, DeadLetters),
    responses((status = 200, description = "A page, in the order of the events", body = Page<DeadLetterView>)))]
pub async fn list(
    State(app): State<Shared>,
    read: Read<WebhookPath, DeadLetters>,
) -> Result<Json<Page<DeadLetterView>>, Problem> {
    let WebhookPath { org_id, webhook_id } = read.path;
    read.allow(&app, Action::ReadWebhooks, scope::organization(&app, org_id).await?).await?;
    if !super::is_here(&app.reads.one::<Webhook>(webhook_id).await?.state, org_id) {
        return Err(Resource::<Webhook>::missing());
    }
    let DeadLetters { limit, cursor } = read.query;
    let limit = limit.unwrap_or(page::DEFAULT_LIMIT);
    if !(1..=page::MAX_LIMIT).contains(&limit) {
        return Err(Problem::at(Code::InvalidParameter, "limit", "a page has 1 to 200 items"));
    }
    let after = cursor.map_or(Ok(0), |cursor| cursor.parse::<u64>()).map_err(|_| Problem::of(Code::InvalidCursor))?;
    let mut letters =
        app.deliveries.dead_letters(webhook_id, after, u32::from(limit) + 1).await.map_err(super::problem)?;
    let more = letters.len() > usize::from(limit);
    letters.truncate(limit.into());
    let next_cursor = letters.last().filter(|_| more).map(|last| last.sequence.to_string());
    Ok(Json(Page { items: letters.into_iter().map(DeadLetterView::from).collect(), next_cursor }))
}

/// Sends an event once more that was given up, by itself: it is forgotten when it is taken.
#[utoipa::path(post, path = "/api/v1/orgs/{org_id}/webhooks/{webhook_id}/dead-letters/{owner_sequence}/redeliver",
    tag = "webhooks", operation_id = "redeliver_dead_letter", params(DeadLetterPath),
    responses((status = 202, description = "The webhook; the letter is about to be sent", body = WebhookView)))]
pub async fn redeliver(
    State(app): State<Shared>,
    mutation: Mutation<DeadLetterPath, NoBody>,
) -> Result<Changed<WebhookView>, Problem> {
    let DeadLetterPath { org_id: organization, webhook_id: id, owner_sequence } = mutation.path;
    let command = RedeliverWebhook { organization, id, owner_sequence };
    let answer = app.engine.execute(&mutation.context, &command).await?;
    if !mutation.context.dry_run {
        // A repetition says it again: whoever wrote the entry may have ended before this. Where
        // the letter is gone, it was delivered meanwhile.
        app.deliveries.request(id, owner_sequence, app.now()).await.map_err(super::problem)?;
    }
    Ok(super::changed(&app, &answer).await?.under_way(mutation.context.dry_run))
}
