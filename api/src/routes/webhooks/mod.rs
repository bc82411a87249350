//! Webhooks.

pub mod dead_letters;
pub mod keys;
pub mod sending;

use axum::Json;
use axum::extract::State;
use gpuaas_commands::handlers::webhook::{CreateWebhook, DeleteWebhook, UpdateWebhook};
use gpuaas_commands::{Action, Answer};
use gpuaas_domain::bounded::Text;
use gpuaas_domain::id::{OrganizationId, TypedId as _, WebhookId, WebhookKeyId};
use gpuaas_domain::webhook::{Algorithm, Filter as Wanting, Webhook};
use gpuaas_projections::queries::Filter;
use gpuaas_projections::{Place, ReadError};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::path::{InOrganization, WebhookPath};
use super::scope;
use crate::app::{App, Shared};
use crate::http::answer::{Changed, Found};
use crate::http::mutation::NoBody;
use crate::http::page::Page;
use crate::http::{Mutation, Problem, Read, ReadOne};
use crate::reads::Wanted;
use crate::resource::Resource;
use crate::views::webhook::{KeyedWebhook, NewWebhook, WebhookChange, WebhookFilter, WebhookView};

/// Every route of webhooks.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(get, update, delete))
        .routes(routes!(keys::rotate))
        .routes(routes!(sending::enable))
        .routes(routes!(sending::disable))
        .routes(routes!(sending::replay))
        .routes(routes!(dead_letters::list))
        .routes(routes!(dead_letters::redeliver))
}

/// Which webhooks.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Webhooks {
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// Lists the webhooks of an organization.
#[utoipa::path(get, path = "/api/v1/orgs/{org_id}/webhooks", tag = "webhooks", operation_id = "list_webhooks",
    params(InOrganization, Webhooks),
    responses((status = 200, description = "A page, by age", body = Page<WebhookView>)))]
pub async fn list(
    State(app): State<Shared>,
    read: Read<InOrganization, Webhooks>,
) -> Result<Json<Page<WebhookView>>, Problem> {
    let organization = read.path.org_id;
    read.allow(&app, Action::ReadWebhooks, scope::organization(&app, organization).await?).await?;
    let Webhooks { limit, cursor } = read.query;
    let statuses = ["active".to_owned(), "disabled".to_owned()].into();
    let filter = Filter { organization: Some(organization), statuses, ..Filter::default() };
    let (found, next_cursor) = app.reads.list::<Webhook>(&filter, Wanted { limit, cursor, by_name: false }).await?;
    let ids: Vec<WebhookId> = found.iter().map(|webhook| webhook.id).collect();
    let places = app.deliveries.of(&ids).await.map_err(problem)?;
    let view = |webhook: Resource<Webhook>| {
        let place = places.get(&webhook.id);
        WebhookView::of(webhook, place)
    };
    Ok(Json(Page { items: found.into_iter().map(view).collect::<Result<_, _>>()?, next_cursor }))
}

/// Creates a webhook: events are sent to it from the next one on. The secret that checks
/// their signatures is told once.
#[utoipa::path(post, path = "/api/v1/orgs/{org_id}/webhooks", tag = "webhooks", operation_id = "create_webhook",
    params(InOrganization), request_body = NewWebhook,
    responses((status = 201, description = "The new webhook", body = KeyedWebhook)))]
pub async fn create(
    State(app): State<Shared>,
    mutation: Mutation<InOrganization, NewWebhook>,
) -> Result<Changed<KeyedWebhook>, Problem> {
    let organization = mutation.path.org_id;
    let NewWebhook { url, description, project_id, kinds, events, algorithm } = mutation.body;
    let command = CreateWebhook {
        organization,
        url,
        description: description.map(text).transpose()?,
        filter: Wanting { project: project_id, kinds, events },
        algorithm: algorithm.unwrap_or(Algorithm::HmacSha256),
        key: new_key(),
    };
    let mut answer = app.engine.execute(&mutation.context, &command).await?;
    let view = keyed(&app, &mut answer).await?;
    let location = format!("/api/v1/orgs/{organization}/webhooks/{}", answer.id);
    Ok(Changed::new(&app, &answer, view).created(mutation.context.dry_run, location))
}

/// Shows a webhook, and how far it has come.
#[utoipa::path(get, path = "/api/v1/orgs/{org_id}/webhooks/{webhook_id}", tag = "webhooks",
    operation_id = "get_webhook", params(WebhookPath),
    responses((status = 200, description = "The webhook", body = WebhookView)))]
pub async fn get(State(app): State<Shared>, read: ReadOne<WebhookPath>) -> Result<Found<WebhookView>, Problem> {
    let WebhookPath { org_id, webhook_id } = read.path;
    read.allow(&app, Action::ReadWebhooks, scope::organization(&app, org_id).await?).await?;
    let found = read.one_of(&app, webhook_id, |state| is_here(state, org_id)).await?;
    // How far it has come is told of the present alone.
    let place = if read.is_past() { None } else { place(&app, webhook_id).await? };
    Ok(Found { version: found.version, view: WebhookView::of(found, place.as_ref())? })
}

/// Changes where and which events are sent.
#[utoipa::path(patch, path = "/api/v1/orgs/{org_id}/webhooks/{webhook_id}", tag = "webhooks",
    operation_id = "update_webhook", params(WebhookPath), request_body = WebhookChange,
    responses((status = 200, description = "The webhook as it is now", body = WebhookView)))]
pub async fn update(
    State(app): State<Shared>,
    mutation: Mutation<WebhookPath, WebhookChange>,
) -> Result<Changed<WebhookView>, Problem> {
    let WebhookPath { org_id: organization, webhook_id: id } = mutation.path;
    let WebhookChange { url, description, filter } = mutation.body;
    let description = description.map(|line| (!line.is_empty()).then(|| text(line)).transpose()).transpose()?;
    let filter =
        filter.map(|WebhookFilter { project_id, kinds, events }| Wanting { project: project_id, kinds, events });
    let command = UpdateWebhook { organization, id, url, description, filter };
    changed(&app, &app.engine.execute(&mutation.context, &command).await?).await
}

/// Deletes a webhook: nothing is sent to it any more, and its dead letters are forgotten.
#[utoipa::path(delete, path = "/api/v1/orgs/{org_id}/webhooks/{webhook_id}", tag = "webhooks",
    operation_id = "delete_webhook", params(WebhookPath),
    responses((status = 200, description = "The webhook as it was", body = WebhookView)))]
pub async fn delete(
    State(app): State<Shared>,
    mutation: Mutation<WebhookPath, NoBody>,
) -> Result<Changed<WebhookView>, Problem> {
    let WebhookPath { org_id: organization, webhook_id: id } = mutation.path;
    let answer = app.engine.execute(&mutation.context, &DeleteWebhook { organization, id }).await?;
    let changed = changed(&app, &answer).await?;
    if !mutation.context.dry_run {
        app.deliveries.forget(id).await.map_err(problem)?;
    }
    Ok(changed)
}

/// The answer to a command that told no secret.
async fn changed(app: &App, answer: &Answer<Webhook>) -> Result<Changed<WebhookView>, Problem> {
    let place = place(app, answer.id).await?;
    let view = WebhookView::of(Resource::of_answer(app, answer).await?, place.as_ref())?;
    Ok(Changed::new(app, answer, view))
}

/// The view of an answer that may tell a secret.
async fn keyed(app: &App, answer: &mut Answer<Webhook>) -> Result<KeyedWebhook, Problem> {
    let secret = answer.secret.take();
    let place = place(app, answer.id).await?;
    Ok(KeyedWebhook { webhook: WebhookView::of(Resource::of_answer(app, answer).await?, place.as_ref())?, secret })
}

async fn place(app: &App, id: WebhookId) -> Result<Option<Place>, Problem> {
    Ok(app.deliveries.of(&[id]).await.map_err(problem)?.remove(&id))
}

/// A webhook that is another organization's, or gone, is not there.
fn is_here(state: &Webhook, organization: OrganizationId) -> bool {
    match state {
        Webhook::Active(details) | Webhook::Disabled { details, .. } => details.organization == organization,
        Webhook::Absent | Webhook::Deleted(_) => false,
    }
}

/// A new id. It only has to be unique: keys are told apart by nothing else.
fn new_key() -> WebhookKeyId {
    WebhookKeyId::from_uuid(Uuid::from_u128(rand::random::<u128>().max(1)))
}

fn text(line: String) -> Result<Text<240>, Problem> {
    let refuse = |error: gpuaas_domain::bounded::BoundError| {
        Problem::at(gpuaas_domain::Code::InvalidField, "description", error.to_string())
    };
    Text::new(line).map_err(refuse)
}

fn problem(error: ReadError) -> Problem {
    if error.retryable() { Problem::unavailable(error) } else { Problem::internal(error) }
}
