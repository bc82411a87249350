//! `gpuaas webhooks`: places that the events of an organization are sent to.

use clap::{Args, Subcommand};
use gpuaas_sdk::{
    DeadLetter, KeyedWebhook, ListDeadLettersQuery, ListWebhooksQuery, NewWebhook, Webhook, WebhookAlgorithm,
    WebhookChange, WebhookFilter, WebhookReplay, WebhookRotation,
};

use super::change::Change;
use super::words::words;
use super::{Ask, Session, pages, resolve, secret};
use crate::config::Seconds;
use crate::output::{self, Failure, Show, moment};

/// Webhooks: places that events are sent to, as Standard Webhooks has it.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Sends events to a place from now on, and tells once what checks their signatures.
    Create {
        /// The organization, by slug or id.
        organization: String,
        /// Where to send them: https://, without user name, query and fragment.
        url: String,
        /// What it is for.
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
        #[command(flatten)]
        filter: Filter,
        /// How they are signed.
        #[arg(long, value_parser = words(WebhookAlgorithm::ALL, WebhookAlgorithm::as_str))]
        algorithm: Option<WebhookAlgorithm>,
        #[command(flatten)]
        change: Change,
    },
    /// Lists the webhooks of an organization.
    List {
        /// The organization, by slug or id.
        organization: String,
    },
    /// Shows a webhook, and how far it has come.
    Show {
        #[command(flatten)]
        named: Named,
    },
    /// Changes where and which events are sent.
    Update {
        #[command(flatten)]
        named: Named,
        /// Where to send them from now on.
        #[arg(long)]
        url: Option<String>,
        /// What it is for; empty: nothing in particular.
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
        #[command(flatten)]
        filter: Filter,
        /// Send all events again, whatever was chosen before.
        #[arg(long, conflicts_with_all = ["project", "kinds", "events"])]
        everything: bool,
        #[command(flatten)]
        change: Change,
    },
    /// Replaces the key that signs; for a while both do.
    RotateKey {
        #[command(flatten)]
        named: Named,
        /// For how long the old key signs, too, for example 7d; by default a day.
        #[arg(long, value_name = "DURATION")]
        overlap: Option<Seconds>,
        /// How the new key signs; by default as the old one.
        #[arg(long, value_parser = words(WebhookAlgorithm::ALL, WebhookAlgorithm::as_str))]
        algorithm: Option<WebhookAlgorithm>,
        #[command(flatten)]
        change: Change,
    },
    /// Lets a webhook go on where it stopped.
    Enable {
        #[command(flatten)]
        named: Named,
        #[command(flatten)]
        change: Change,
    },
    /// Sends nothing to a webhook until it is enabled.
    Disable {
        #[command(flatten)]
        named: Named,
        #[command(flatten)]
        change: Change,
    },
    /// Sends events again from an earlier one on, or goes on after a later one.
    Replay {
        #[command(flatten)]
        named: Named,
        /// The number of the event after which to go on; 0: with the first of all.
        #[arg(long, value_name = "NUMBER")]
        after: u64,
        #[command(flatten)]
        change: Change,
    },
    /// Lists the events that a webhook gave up.
    DeadLetters {
        #[command(flatten)]
        named: Named,
    },
    /// Sends an event once more that was given up.
    Redeliver {
        #[command(flatten)]
        named: Named,
        /// The event's number.
        number: u64,
        #[command(flatten)]
        change: Change,
    },
    /// Deletes a webhook, and forgets what it gave up.
    Delete {
        #[command(flatten)]
        named: Named,
        #[command(flatten)]
        change: Change,
    },
}

/// A webhook of an organization.
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// The organization, by slug or id.
    organization: String,
    /// The webhook's id.
    webhook: String,
}

/// Which events are sent.
#[derive(Debug, Args)]
pub(crate) struct Filter {
    /// Only of this project, as ORGANIZATION/PROJECT or by id.
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// Of this kind of resource, for example project; may stand several times.
    #[arg(long = "kind", value_name = "KIND")]
    kinds: Vec<String>,
    /// Of this type, for example project.created; may stand several times.
    #[arg(long = "event", value_name = "EVENT")]
    events: Vec<String>,
}

impl Filter {
    fn says_something(&self) -> bool {
        self.project.is_some() || !self.kinds.is_empty() || !self.events.is_empty()
    }

    async fn project_id(&self, Session { client, .. }: &Session) -> Result<Option<String>, Failure> {
        match &self.project {
            Some(project) => resolve::project(client, project).await.map(Some),
            None => Ok(None),
        }
    }
}

impl Ask for Command {
    async fn ask(self, session: &Session) -> Result<(), Failure> {
        let Session { client, format } = session;
        let organization = |text: String| async move { resolve::organization(client, &text).await };
        let shown = match self {
            Self::List { organization: text } => return list(session, &organization(text).await?).await,
            Self::DeadLetters { named } => {
                let id = organization(named.organization).await?;
                return dead_letters(session, &id, &named.webhook).await;
            }
            Self::Create { organization: text, url, description, filter, algorithm, change } => {
                let id = organization(text).await?;
                let project_id = filter.project_id(session).await?;
                let Filter { kinds, events, .. } = filter;
                let (kinds, events) = (Some(kinds), Some(events));
                let body = NewWebhook { url, description, project_id, kinds, events, algorithm };
                return tell(session, &client.create_webhook(&id, &body, &change.mutation()).await?.value);
            }
            Self::RotateKey { named, overlap, algorithm, change } => {
                let id = organization(named.organization).await?;
                let body = WebhookRotation { algorithm, overlap_seconds: overlap.map(|Seconds(seconds)| seconds) };
                let rotated = client.rotate_webhook_key(&id, &named.webhook, &body, &change.mutation()).await?;
                return tell(session, &rotated.value);
            }
            Self::Show { named } => {
                client.get_webhook(&organization(named.organization).await?, &named.webhook).await?
            }
            Self::Update { named, url, description, filter, everything, change } => {
                let id = organization(named.organization).await?;
                let project_id = filter.project_id(session).await?;
                let says = everything || filter.says_something();
                let Filter { kinds, events, .. } = filter;
                let filter = says.then_some(WebhookFilter { project_id, kinds: Some(kinds), events: Some(events) });
                let body = WebhookChange { url, description, filter };
                client.update_webhook(&id, &named.webhook, &body, &change.mutation()).await?
            }
            Self::Enable { named, change } => {
                let id = organization(named.organization).await?;
                client.enable_webhook(&id, &named.webhook, &change.mutation()).await?
            }
            Self::Disable { named, change } => {
                let id = organization(named.organization).await?;
                client.disable_webhook(&id, &named.webhook, &change.mutation()).await?
            }
            Self::Replay { named, after, change } => {
                let id = organization(named.organization).await?;
                client.replay_webhook(&id, &named.webhook, &WebhookReplay { after }, &change.mutation()).await?
            }
            Self::Redeliver { named, number, change } => {
                let id = organization(named.organization).await?;
                client.redeliver_dead_letter(&id, &named.webhook, &number.to_string(), &change.mutation()).await?
            }
            Self::Delete { named, change } => {
                let id = organization(named.organization).await?;
                client.delete_webhook(&id, &named.webhook, &change.mutation()).await?
            }
        };
        output::one(*format, &shown.value)
    }
}

async fn list(Session { client, format }: &Session, organization: &str) -> Result<(), Failure> {
    let found = pages::all(async |cursor| {
        let query = ListWebhooksQuery { cursor, limit: pages::LIMIT };
        let page = client.list_webhooks(organization, &query).await?.value;
        Ok((page.items, page.next_cursor))
    });
    output::list(*format, &found.await?)
}

async fn dead_letters(Session { client, format }: &Session, organization: &str, webhook: &str) -> Result<(), Failure> {
    let found = pages::all(async |cursor| {
        let query = ListDeadLettersQuery { cursor, limit: pages::LIMIT };
        let page = client.list_dead_letters(organization, webhook, &query).await?.value;
        Ok((page.items, page.next_cursor))
    });
    output::list(*format, &found.await?)
}

/// Tells what checks the signatures: the secret, or the public key, which is shown later, too.
fn tell(session: &Session, keyed: &KeyedWebhook) -> Result<(), Failure> {
    let public = keyed.webhook.keys.first().and_then(|key| key.public_key.as_deref());
    match (keyed.secret.as_deref(), public) {
        (None, Some(key)) => secret::tell_public(session, keyed, key, &format!("public key of {}", keyed.webhook.id)),
        (secret, _) => secret::tell(session, keyed, secret, &format!("key of {}", keyed.webhook.id)),
    }
}

impl Show for Webhook {
    const COLUMNS: &'static [&'static str] = &["ID", "URL", "STATUS", "FAILED ATTEMPTS", "CREATED"];

    fn cells(&self) -> Vec<String> {
        let failed = self.delivery.as_ref().map_or(0, |delivery| delivery.failed_attempts);
        vec![self.id.clone(), self.url.clone(), self.status.to_string(), failed.to_string(), moment(&self.created_at)]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let mut details = vec![("organization", self.organization_id.clone())];
        let more = [
            ("description", self.description.clone()),
            ("project", self.project_id.clone()),
            ("disabled", self.disabled_reason.map(|reason| reason.to_string())),
        ];
        details.extend(more.into_iter().filter_map(|(name, value)| Some((name, value?))));
        details.extend(self.kinds.iter().map(|kind| ("kind", kind.clone())));
        details.extend(self.events.iter().map(|event| ("event", event.clone())));
        for key in &self.keys {
            let public = key.public_key.as_deref().unwrap_or("secret");
            let until = key.signs_until.as_deref().map_or(String::new(), |at| format!(" until {}", moment(at)));
            details.push(("key", format!("{} {} {public}{until}", key.id, key.algorithm)));
        }
        if let Some(delivery) = &self.delivery {
            details.push(("done with", delivery.done_with.to_string()));
            details.extend(delivery.last_failure.iter().map(|failure| ("last failure", failure.clone())));
            details.extend(delivery.next_attempt_at.iter().map(|at| ("next attempt", moment(at))));
            details.extend(delivery.last_delivered_at.iter().map(|at| ("last delivered", moment(at))));
        }
        details.push(("updated", moment(&self.updated_at)));
        details
    }
}

impl Show for DeadLetter {
    const COLUMNS: &'static [&'static str] = &["NUMBER", "EVENT", "ATTEMPTS", "FAILURE", "FAILED"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.owner_sequence.to_string(),
            self.event.clone(),
            self.attempts.to_string(),
            self.failure.clone(),
            moment(&self.failed_at),
        ]
    }
}
