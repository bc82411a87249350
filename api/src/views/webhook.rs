//! Webhooks, how far each has come, and what it gave up.

use data_encoding::BASE64;
use gpuaas_domain::id::{OrganizationId, ProjectId, WebhookId, WebhookKeyId};
use gpuaas_domain::label::Label;
use gpuaas_domain::webhook::{Algorithm, DisableReason, Key, Webhook};
use gpuaas_projections::{DeadLetter, Place};
use gpuaas_relay::moment;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::status::WebhookStatus;
use super::vocabulary;
use crate::http::Problem;
use crate::http::json::present;
use crate::resource::Resource;

/// A place that events of an organization are sent to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub struct WebhookView {
    /// Its id.
    #[schema(value_type = vocabulary::WebhookId)]
    pub id: WebhookId,
    /// Whose it is.
    #[schema(value_type = vocabulary::OrganizationId)]
    pub organization_id: OrganizationId,
    /// Where events are sent to.
    pub url: String,
    /// What it is for.
    pub description: Option<String>,
    /// Of this project only; null: of the whole organization.
    #[schema(value_type = Option<vocabulary::ProjectId>)]
    pub project_id: Option<ProjectId>,
    /// Events of these kinds of resources are sent. Without kinds and events, all are.
    pub kinds: Vec<String>,
    /// Events of these types are sent, too.
    pub events: Vec<String>,
    /// Whether anything is sent.
    pub status: WebhookStatus,
    /// Why nothing is sent, where it is disabled.
    #[schema(value_type = Option<vocabulary::WebhookDisableReason>)]
    pub disabled_reason: Option<DisableReason>,
    /// What signs, the newest first; never the keys themselves.
    pub keys: Vec<WebhookKeyView>,
    /// How far it has come; null before it began.
    pub delivery: Option<DeliveryView>,
    /// When it was created.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// A key that signs what is sent; never the key itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookKey)]
pub struct WebhookKeyView {
    /// Its id.
    #[schema(value_type = vocabulary::WebhookKeyId)]
    pub id: WebhookKeyId,
    /// How it signs.
    #[schema(value_type = vocabulary::WebhookAlgorithm)]
    pub algorithm: Algorithm,
    /// What its signatures are checked with, for Ed25519.
    #[schema(example = "whpk_MCowBQYDK2VwAyEAdaL3SXxr6DDQ6Pz5LzJVIyNuCqLHSiXlDkZtzaTtKzU=")]
    pub public_key: Option<String>,
    /// Until when it signs, where it was replaced.
    #[schema(format = DateTime)]
    pub signs_until: Option<String>,
}

/// How far a webhook has come.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub struct DeliveryView {
    /// Number (`owner_sequence`) of the last event that is done with: the organization's events are numbered from 1.
    pub done_with: u64,
    /// Failed attempts at the next event.
    pub failed_attempts: u64,
    /// When the next attempt is due, if the last one failed.
    #[schema(format = DateTime)]
    pub next_attempt_at: Option<String>,
    /// What the last failed attempt came to; null after a delivery.
    pub last_failure: Option<String>,
    /// When something was last delivered.
    #[schema(format = DateTime)]
    pub last_delivered_at: Option<String>,
}

/// A new webhook.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// Where events are sent to: `https://`, without user name, query and fragment. It stays in the log.
    #[schema(min_length = 8, max_length = 2048)]
    pub url: String,
    /// What it is for, one line.
    #[schema(min_length = 1, max_length = 120, format = "line")]
    pub description: Option<String>,
    /// Of this project only.
    #[schema(value_type = Option<vocabulary::ProjectId>)]
    pub project_id: Option<ProjectId>,
    /// Events of these kinds of resources. Without kinds and events, all are sent.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 64)]
    pub kinds: Vec<Label<64>>,
    /// Events of these types, too.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 64)]
    pub events: Vec<Label<64>>,
    /// How they are signed; left out: `hmac_sha256`.
    #[schema(value_type = Option<vocabulary::WebhookAlgorithm>)]
    pub algorithm: Option<Algorithm>,
}

/// What changes of a webhook; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookChange {
    /// Where events are sent to.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 8, max_length = 2048)]
    pub url: Option<String>,
    /// What it is for, one line; empty: nothing in particular.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_length = 120, format = "line or nothing")]
    pub description: Option<String>,
    /// Which events from now on.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    pub filter: Option<WebhookFilter>,
}

/// Which events are sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookFilter {
    /// Of this project only.
    #[schema(value_type = Option<vocabulary::ProjectId>)]
    pub project_id: Option<ProjectId>,
    /// Events of these kinds of resources. Without kinds and events, all are sent.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 64)]
    pub kinds: Vec<Label<64>>,
    /// Events of these types, too.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 64)]
    pub events: Vec<Label<64>>,
}

/// Another key for a webhook.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookRotation {
    /// How the new key signs; left out: as the old one.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<vocabulary::WebhookAlgorithm>, nullable = false)]
    pub algorithm: Option<Algorithm>,
    /// For how many seconds the old key signs, too; left out: a day.
    #[serde(default, deserialize_with = "present")]
    #[schema(maximum = 2_592_000, nullable = false)]
    pub overlap_seconds: Option<u64>,
}

/// From where events are sent again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookReplay {
    /// Owner sequence of the event after which to go on; 0: with the first.
    pub after: u64,
}

/// A webhook with a new key. The secret is told this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyedWebhook {
    /// The webhook.
    pub webhook: WebhookView,
    /// What signatures are checked with, not told again; null for Ed25519, whose public key
    /// the webhook shows, and after a dry run.
    #[schema(format = Password, example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=")]
    pub secret: Option<String>,
}

/// An event that was given up.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeadLetter)]
pub struct DeadLetterView {
    /// The event's owner sequence.
    pub owner_sequence: u64,
    /// Its type.
    pub event: String,
    /// How often it was tried.
    pub attempts: u64,
    /// What the last attempt came to.
    pub failure: String,
    /// When that was.
    #[schema(format = DateTime)]
    pub failed_at: String,
    /// Whether it is about to be sent once more.
    pub redelivery_requested: bool,
}

impl WebhookView {
    /// The view of a webhook, which has come so far.
    pub fn of(resource: Resource<Webhook>, place: Option<&Place>) -> Result<Self, Problem> {
        let (created_at, updated_at) = resource.times();
        let (status, disabled_reason) = match &resource.state {
            Webhook::Absent => return Err(Resource::<Webhook>::missing()),
            Webhook::Active(_) => (WebhookStatus::Active, None),
            Webhook::Disabled { reason, .. } => (WebhookStatus::Disabled, Some(*reason)),
            Webhook::Deleted(_) => (WebhookStatus::Deleted, None),
        };
        let details = resource.state.details().cloned().ok_or_else(Resource::<Webhook>::missing)?;
        let words = |labels: Vec<Label<64>>| labels.iter().map(ToString::to_string).collect();
        let mut keys = vec![key(&details.key, None)];
        keys.extend(details.previous.map(|previous| key(&previous.key, Some(moment::print(previous.until)))));
        Ok(Self {
            id: resource.id,
            organization_id: details.organization,
            url: details.url.to_string(),
            description: details.description.map(|description| description.to_string()),
            project_id: details.filter.project,
            kinds: words(details.filter.kinds),
            events: words(details.filter.events),
            status,
            disabled_reason,
            keys,
            delivery: place.map(delivery),
            created_at,
            updated_at,
        })
    }
}

fn key(key: &Key, signs_until: Option<String>) -> WebhookKeyView {
    let public_key = key.public_key.map(|public| format!("whpk_{}", BASE64.encode(&public.0)));
    WebhookKeyView { id: key.id, algorithm: key.algorithm, public_key, signs_until }
}

fn delivery(place: &Place) -> DeliveryView {
    let happened = |at: gpuaas_domain::Timestamp| (at.0 > 0).then(|| moment::print(at));
    DeliveryView {
        done_with: place.cursor,
        failed_attempts: place.attempts,
        next_attempt_at: happened(place.next_at),
        last_failure: (!place.failure.is_empty()).then(|| place.failure.clone()),
        last_delivered_at: happened(place.delivered_at),
    }
}

impl From<DeadLetter> for DeadLetterView {
    fn from(letter: DeadLetter) -> Self {
        Self {
            owner_sequence: letter.sequence,
            event: letter.event,
            attempts: letter.attempts,
            failure: letter.failure,
            failed_at: moment::print(letter.failed_at),
            redelivery_requested: letter.due.0 > 0,
        }
    }
}
