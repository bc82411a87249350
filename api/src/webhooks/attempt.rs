//! One attempt: an event, signed, to one place.

use std::time::Duration;

use gpuaas_domain::id::WebhookId;
use gpuaas_domain::webhook::Details;
use gpuaas_relay::{PublicEvent, http};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};

use super::Trouble;
use super::signature::{message_id, sign};
use crate::app::App;
use crate::outgoing::{Delivered, OutgoingError};

const ID: HeaderName = HeaderName::from_static(http::webhook::ID);
const TIMESTAMP: HeaderName = HeaderName::from_static(http::webhook::TIMESTAMP);
const SIGNATURE: HeaderName = HeaderName::from_static(http::webhook::SIGNATURE);

/// What an attempt came to.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It was taken.
    Taken,
    /// It was not.
    Failed {
        /// What happened instead.
        failure: String,
        /// How long the receiver wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// There is nobody there any more, and never will be.
    Gone,
}

/// Sends an event.
pub(super) async fn attempt(
    app: &App,
    webhook: WebhookId,
    details: &Details,
    event: &PublicEvent,
) -> Result<Outcome, Trouble> {
    let body = serde_json::to_string(event).expect("an event is of types that JSON has");
    let headers = headers(app, webhook, details, event, &body).await?;
    let outcome = match app.world.destinations().post(&details.url, headers, body).await {
        Ok(Delivered { status, .. }) if status.is_success() => Outcome::Taken,
        Ok(Delivered { status: StatusCode::GONE, .. }) => Outcome::Gone,
        Ok(Delivered { status, retry_after }) if status.is_redirection() => {
            Outcome::Failed { failure: format!("it answers {status}; no redirect is followed"), retry_after }
        }
        Ok(Delivered { status, retry_after }) => {
            Outcome::Failed { failure: format!("it answers {status}"), retry_after }
        }
        Err(error) => Outcome::Failed { failure: described(&error), retry_after: None },
    };
    let word = match &outcome {
        Outcome::Taken => "taken",
        Outcome::Failed { .. } => "failed",
        Outcome::Gone => "gone",
    };
    metrics::counter!("gpuaas_webhook_attempts_total", "outcome" => word).increment(1);
    Ok(outcome)
}

/// What the webhook's owner is told: nothing of what the system says about its own network.
fn described(error: &OutgoingError) -> String {
    match error {
        OutgoingError::Private => "its address is a private one".to_owned(),
        OutgoingError::Status(_) | OutgoingError::Challenged(_) | OutgoingError::TooLarge(_) => error.to_string(),
        OutgoingError::Unreachable(details) => {
            tracing::debug!(details, "a webhook cannot be reached");
            "it cannot be reached, or does not answer in time".to_owned()
        }
    }
}

async fn headers(
    app: &App,
    webhook: WebhookId,
    details: &Details,
    event: &PublicEvent,
    body: &str,
) -> Result<HeaderMap, Trouble> {
    let now = app.now();
    let seconds = now.0 / 1_000_000;
    let id = message_id(webhook, event.owner_sequence);
    let mut signatures = Vec::new();
    for key in details.signing(now) {
        let found = app.world.signing_key(key.id).await?;
        let secret = found.ok_or_else(|| Trouble::Missing(format!("the key store has no webhook key {}", key.id)))?;
        signatures.push(sign(key.algorithm, secret.bytes(), &id, seconds, body));
    }
    let value = |text: String| HeaderValue::try_from(text).expect("ids, digits and base64 are ASCII");
    Ok(HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (USER_AGENT, HeaderValue::from_static("gpuaas")),
        (ID, value(id)),
        (TIMESTAMP, value(seconds.to_string())),
        (SIGNATURE, value(signatures.join(" "))),
    ]))
}
