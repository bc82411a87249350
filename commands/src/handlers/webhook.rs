//! Commands on webhooks.

use async_trait::async_trait;
use gpuaas_domain::bounded::Text;
use gpuaas_domain::fixed::SecretDigest;
use gpuaas_domain::id::{OrganizationId, TypedId, WebhookId, WebhookKeyId};
use gpuaas_domain::project::Project;
use gpuaas_domain::webhook::{
    self, Algorithm, Created, Details, DisableReason, Filter, FilterError, Key, KeyRotated, Updated, Webhook,
};
use gpuaas_domain::{Aggregate as _, Code};
use gpuaas_log::append::StreamId;

use crate::authorization::{Action, Scope};
use crate::effects::WebhookKey;
use crate::engine::{Command, Unit};
use crate::refusal::Refusal;

/// Longest time that a replaced key signs beside its successor: 30 days.
pub const MAX_OVERLAP_SECONDS: u64 = 30 * 24 * 60 * 60;

/// Most webhooks of an organization. It keeps one organization from wearing the senders out
/// and is no right of anybody: two that are made at the same moment may both be the last.
pub const MAX_WEBHOOKS: usize = 64;

/// Creates a webhook. Events are sent from the next one on.
#[derive(Debug, Clone)]
pub struct CreateWebhook {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Where events are sent to.
    pub url: String,
    /// What it is for.
    pub description: Option<Text<240>>,
    /// Which events.
    pub filter: Filter,
    /// How they are signed.
    pub algorithm: Algorithm,
    /// A new id, for the key.
    pub key: WebhookKeyId,
}

#[async_trait]
impl Command for CreateWebhook {
    const NAME: &'static str = "webhook.create";
    const DELIVERS_SECRET: bool = true;
    type Aggregate = Webhook;

    fn delivered_secret(state: &Webhook) -> bool {
        has_secret(state)
    }

    fn serialize_on(&self) -> Vec<StreamId> {
        Vec::new()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<WebhookId, Refusal> {
        let organization = self.organization;
        super::organization(unit, organization).await?;
        unit.authorize(Action::CreateWebhook, Scope::Organization(organization)).await?;
        check(unit, organization, &self.filter).await?;
        if unit.facts()?.webhooks(organization, unit.head()).await?.len() >= MAX_WEBHOOKS {
            let message = format!("an organization has at most {MAX_WEBHOOKS} webhooks; delete one first");
            return Err(Refusal::new(Code::TooManyWebhooks, message));
        }
        let url = checked_url(unit, &self.url).await?;
        let (description, filter) = (self.description.clone(), self.filter.clone());
        let with = |key| {
            let (url, description, filter) = (url.clone(), description.clone(), filter.clone());
            webhook::Command::Create(Created { organization, url, description, filter, key })
        };
        let id: WebhookId = unit.new_id();
        // A key stays where it was made, so what refuses a webhook does so before.
        unit.load::<Webhook>(id).await?.decide(with(unmade_key(self.key, self.algorithm)))?;
        let (key, secret) = make_key(unit, id, self.key, self.algorithm).await?;
        unit.decide::<Webhook>(id, Some(organization), with(key)).await?;
        if let Some(secret) = secret {
            unit.deliver(secret);
        }
        Ok(id)
    }
}

/// Changes where and which events are sent. What is left out stays.
#[derive(Debug, Clone)]
pub struct UpdateWebhook {
    /// Whose it is, as the route says.
    pub organization: OrganizationId,
    /// Which.
    pub id: WebhookId,
    /// Where events are sent to.
    pub url: Option<String>,
    /// What it is for; `Some(None)`: nothing in particular.
    pub description: Option<Option<Text<240>>>,
    /// Which events.
    pub filter: Option<Filter>,
}

#[async_trait]
impl Command for UpdateWebhook {
    const NAME: &'static str = "webhook.update";
    type Aggregate = Webhook;

    fn serialize_on(&self) -> Vec<StreamId> {
        stream(self.id)
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<WebhookId, Refusal> {
        let details = existing(unit, self.organization, self.id, Action::UpdateWebhook).await?;
        let filter = self.filter.clone().unwrap_or(details.filter);
        check(unit, self.organization, &filter).await?;
        let url = match &self.url {
            Some(url) => checked_url(unit, url).await?,
            None => details.url,
        };
        let description = self.description.clone().unwrap_or(details.description);
        let update = webhook::Command::Update(Updated { url, description, filter });
        unit.decide::<Webhook>(self.id, Some(self.organization), update).await?;
        Ok(self.id)
    }
}

/// Replaces the key that signs. For a while both do.
#[derive(Debug, Clone)]
pub struct RotateWebhookKey {
    /// Whose it is, as the route says.
    pub organization: OrganizationId,
    /// Which.
    pub id: WebhookId,
    /// How the new key signs; `None`: as the old one.
    pub algorithm: Option<Algorithm>,
    /// For how many seconds the old key signs, too.
    pub overlap_seconds: u64,
    /// A new id, for the key.
    pub key: WebhookKeyId,
}

#[async_trait]
impl Command for RotateWebhookKey {
    const NAME: &'static str = "webhook.rotate_key";
    const DELIVERS_SECRET: bool = true;
    type Aggregate = Webhook;

    fn delivered_secret(state: &Webhook) -> bool {
        has_secret(state)
    }

    fn serialize_on(&self) -> Vec<StreamId> {
        stream(self.id)
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<WebhookId, Refusal> {
        let details = existing(unit, self.organization, self.id, Action::RotateWebhookKey).await?;
        if self.overlap_seconds > MAX_OVERLAP_SECONDS {
            let message = format!("an old key signs for at most {MAX_OVERLAP_SECONDS} s; choose a shorter overlap");
            return Err(Refusal::invalid_field("overlap_seconds", message));
        }
        let algorithm = self.algorithm.unwrap_or(details.key.algorithm);
        let old_until = unit.now().plus_seconds(self.overlap_seconds);
        let with = |key| webhook::Command::RotateKey(KeyRotated { key, old_until });
        unit.load::<Webhook>(self.id).await?.decide(with(unmade_key(self.key, algorithm)))?;
        let (key, secret) = make_key(unit, self.id, self.key, algorithm).await?;
        unit.decide::<Webhook>(self.id, Some(self.organization), with(key)).await?;
        if let Some(secret) = secret {
            unit.deliver(secret);
        }
        Ok(self.id)
    }
}

/// Lets a webhook go on where it stopped.
#[derive(Debug, Clone)]
pub struct EnableWebhook {
    /// Whose it is, as the route says.
    pub organization: OrganizationId,
    /// Which.
    pub id: WebhookId,
}

#[async_trait]
impl Command for EnableWebhook {
    const NAME: &'static str = "webhook.enable";
    type Aggregate = Webhook;

    fn serialize_on(&self) -> Vec<StreamId> {
        stream(self.id)
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<WebhookId, Refusal> {
        ask(unit, self.organization, self.id, Action::EnableWebhook, webhook::Command::Enable).await
    }
}

/// Sends nothing to a webhook until it is enabled.
#[derive(Debug, Clone)]
pub struct DisableWebhook {
    /// Whose it is, as the route says.
    pub organization: OrganizationId,
    /// Which.
    pub id: WebhookId,
}

#[async_trait]
impl Command for DisableWebhook {
    const NAME: &'static str = "webhook.disable";
    type Aggregate = Webhook;

    fn serialize_on(&self) -> Vec<StreamId> {
        stream(self.id)
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<WebhookId, Refusal> {
        let disable = webhook::Command::Disable(DisableReason::Requested);
        ask(unit, self.organization, self.id, Action::DisableWebhook, disable).await
    }
}

/// Gives a webhook up that fails: for whoever sends.
#[derive(Debug, Clone)]
pub struct GiveUpWebhook {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Which.
    pub id: WebhookId,
    /// Why.
    pub reason: DisableReason,
}

#[async_trait]
impl Command for GiveUpWebhook {
    const NAME: &'static str = "webhook.give_up";
    type Aggregate = Webhook;

    fn serialize_on(&self) -> Vec<StreamId> {
        stream(self.id)
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<WebhookId, Refusal> {
        ask(unit, self.organization, self.id, Action::GiveUpWebhook, webhook::Command::Disable(self.reason)).await
    }
}

/// Sends events again from an earlier one on, or goes on from a later one.
#[derive(Debug, Clone)]
pub struct ReplayWebhook {
    /// Whose it is, as the route says.
    pub organization: OrganizationId,
    /// Which.
    pub id: WebhookId,
    /// Owner sequence of the event after which to go on.
    pub after: u64,
}

#[async_trait]
impl Command for ReplayWebhook {
    const NAME: &'static str = "webhook.replay";
    type Aggregate = Webhook;

    fn serialize_on(&self) -> Vec<StreamId> {
        stream(self.id)
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<WebhookId, Refusal> {
        let end = unit.owner_sequence(self.organization).await?;
        let replay = webhook::Command::Replay { after: self.after, end };
        ask(unit, self.organization, self.id, Action::ReplayWebhook, replay).await
    }
}

/// Sends an event once more that was given up.
#[derive(Debug, Clone)]
pub struct RedeliverWebhook {
    /// Whose it is, as the route says.
    pub organization: OrganizationId,
    /// Which.
    pub id: WebhookId,
    /// The event's owner sequence.
    pub owner_sequence: u64,
}

#[async_trait]
impl Command for RedeliverWebhook {
    const NAME: &'static str = "webhook.redeliver";
    type Aggregate = Webhook;

    fn serialize_on(&self) -> Vec<StreamId> {
        stream(self.id)
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<WebhookId, Refusal> {
        existing(unit, self.organization, self.id, Action::RedeliverWebhook).await?;
        if !unit.facts()?.has_dead_letter(self.id, self.owner_sequence).await? {
            return Err(Refusal::not_found("dead letter"));
        }
        let redeliver = webhook::Command::Redeliver { owner_sequence: self.owner_sequence };
        unit.decide::<Webhook>(self.id, Some(self.organization), redeliver).await?;
        Ok(self.id)
    }
}

/// Deletes a webhook.
#[derive(Debug, Clone)]
pub struct DeleteWebhook {
    /// Whose it is, as the route says.
    pub organization: OrganizationId,
    /// Which.
    pub id: WebhookId,
}

#[async_trait]
impl Command for DeleteWebhook {
    const NAME: &'static str = "webhook.delete";
    type Aggregate = Webhook;

    fn serialize_on(&self) -> Vec<StreamId> {
        stream(self.id)
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<WebhookId, Refusal> {
        ask(unit, self.organization, self.id, Action::DeleteWebhook, webhook::Command::Delete).await
    }
}

fn stream(id: WebhookId) -> Vec<StreamId> {
    vec![StreamId::new("webhook", id.uuid())]
}

/// A webhook of this organization, for an actor that may do this to it.
async fn existing(
    unit: &mut Unit<'_>,
    organization: OrganizationId,
    id: WebhookId,
    action: Action,
) -> Result<Details, Refusal> {
    let webhook = unit.load::<Webhook>(id).await?;
    match webhook.details() {
        Some(details) if details.organization == organization => {
            unit.authorize(action, Scope::Organization(organization)).await?;
            Ok(details.clone())
        }
        Some(_) | None => Err(Refusal::not_found("webhook")),
    }
}

/// Asks something of a webhook that is there.
async fn ask(
    unit: &mut Unit<'_>,
    organization: OrganizationId,
    id: WebhookId,
    action: Action,
    command: webhook::Command,
) -> Result<WebhookId, Refusal> {
    existing(unit, organization, id, action).await?;
    unit.decide::<Webhook>(id, Some(organization), command).await?;
    Ok(id)
}

/// Refuses a filter that would never let anything through.
async fn check(unit: &mut Unit<'_>, organization: OrganizationId, filter: &Filter) -> Result<(), Refusal> {
    filter.check().map_err(|error| {
        let field = match error {
            FilterError::Kind(_) => "kinds",
            FilterError::Event(_) | FilterError::TooMany => "events",
        };
        Refusal::invalid_field(field, error.to_string())
    })?;
    let Some(project) = filter.project else { return Ok(()) };
    let state = unit.load::<Project>(project).await?;
    let is_here = state.details().is_some_and(|details| details.organization == organization);
    let foreign = || Refusal::invalid_field("project_id", "the organization has no such project; check the id");
    is_here.then_some(()).ok_or_else(foreign)
}

/// The URL as it is kept, if webhooks may be sent there.
async fn checked_url(unit: &Unit<'_>, url: &str) -> Result<Text<2048>, Refusal> {
    let url = unit.effects().webhook_url(url).await?;
    Text::new(url).map_err(|error| Refusal::invalid_field("url", error.to_string()))
}

/// Whether the newest key of a webhook is a secret that somebody was told: one that has a
/// public half is not.
fn has_secret(webhook: &Webhook) -> bool {
    webhook.details().is_some_and(|details| details.key.public_key.is_none())
}

/// A key that was not made.
fn unmade_key(id: WebhookKeyId, algorithm: Algorithm) -> Key {
    Key { id, algorithm, digest: SecretDigest([0; 32]), public_key: None }
}

/// A new key. A trial makes none.
async fn make_key(
    unit: &Unit<'_>,
    webhook: WebhookId,
    id: WebhookKeyId,
    algorithm: Algorithm,
) -> Result<(Key, Option<String>), Refusal> {
    if unit.context().dry_run {
        return Ok((unmade_key(id, algorithm), None));
    }
    unit.check_precondition::<Webhook>(webhook)?;
    let WebhookKey { key, secret } = unit.effects().webhook_key(id, algorithm).await?;
    Ok((key, secret))
}
