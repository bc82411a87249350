//! What a webhook is, and what can be asked of it.

use serde::{Deserialize, Serialize};

use super::event::{
    Created, Deleted, DisableReason, Disabled, Enabled, Event, Filter, Key, KeyRotated, RedeliveryRequested,
    ReplayRequested, Updated,
};
use super::filter::FilterError;
use crate::aggregate::{Aggregate, Rejected};
use crate::bounded::Text;
use crate::code::Code;
use crate::id::{OrganizationId, WebhookId};
use crate::text::{self, TextError};
use crate::time::Timestamp;

/// Most characters of a description.
const MAX_DESCRIPTION: usize = 120;

/// What can be asked of a webhook.
#[derive(Debug, Clone)]
pub enum Command {
    /// Create it.
    Create(Created),
    /// Change where and which events are sent.
    Update(Updated),
    /// Sign with another key.
    RotateKey(KeyRotated),
    /// Send nothing.
    Disable(DisableReason),
    /// Send again.
    Enable,
    /// Go on after another event.
    Replay {
        /// Owner sequence of the event after which to go on.
        after: u64,
        /// Owner sequence of the organization's last event.
        end: u64,
    },
    /// Send an event once more that was given up.
    Redeliver {
        /// The event's owner sequence.
        owner_sequence: u64,
    },
    /// Delete it.
    Delete,
}

/// Why a webhook refuses.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It is there already.
    #[error("this webhook exists already")]
    Exists,
    /// It is not there, or was deleted.
    #[error("there is no such webhook")]
    Absent,
    /// Its URL is none.
    #[error("the URL of a webhook begins with https://")]
    Url,
    /// Its filter is none.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// It would go on after an event that has not happened.
    #[error("the last event here is {end}; go on after that one or an earlier one")]
    ReplayBeyondEnd {
        /// Owner sequence of the last event.
        end: u64,
    },
    /// Its description is not acceptable.
    #[error("{0}")]
    Text(#[from] TextError),
}

impl Rejected for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::Exists => Code::AlreadyExists,
            Self::Absent => Code::NotFound,
            Self::Url | Self::Filter(_) | Self::ReplayBeyondEnd { .. } | Self::Text(_) => Code::InvalidField,
        }
    }
}

/// A key that was replaced and still signs beside its successor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PreviousKey {
    /// The key.
    pub key: Key,
    /// Until when it signs.
    pub until: Timestamp,
}

/// What is known of a webhook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Where events are sent to.
    pub url: Text<2048>,
    /// What it is for.
    pub description: Option<Text<240>>,
    /// Which events.
    pub filter: Filter,
    /// What signs them.
    pub key: Key,
    /// The key before, if there was one. Two keys sign at most: one that is replaced while
    /// another one runs out ends that one at once.
    pub previous: Option<PreviousKey>,
    /// How many replays were asked for.
    pub replays: u64,
    /// Owner sequence after which the last of them goes on.
    pub replay_after: u64,
}

impl Details {
    /// The keys that sign at a time, the newest first.
    pub fn signing(&self, now: Timestamp) -> impl Iterator<Item = &Key> {
        let previous = self.previous.iter().filter(move |previous| now < previous.until);
        std::iter::once(&self.key).chain(previous.map(|previous| &previous.key))
    }
}

/// The state of a webhook.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Webhook {
    /// No entry yet.
    #[default]
    Absent,
    /// Events are sent.
    Active(Details),
    /// Nothing is sent at present.
    Disabled {
        /// What is known of it.
        details: Details,
        /// Why.
        reason: DisableReason,
    },
    /// Nothing is sent any more.
    Deleted(Details),
}

impl Webhook {
    /// What is known of it, whatever its state; `None` if it is absent.
    #[must_use]
    pub fn details(&self) -> Option<&Details> {
        match self {
            Self::Absent => None,
            Self::Active(details) | Self::Disabled { details, .. } | Self::Deleted(details) => Some(details),
        }
    }

    fn change(mut self, change: impl FnOnce(&mut Details)) -> Self {
        match &mut self {
            Self::Active(details) | Self::Disabled { details, .. } => change(details),
            Self::Absent | Self::Deleted(_) => {}
        }
        self
    }
}

fn check(url: &str, description: Option<&str>, filter: &Filter) -> Result<(), Rejection> {
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(Rejection::Url);
    }
    description.map_or(Ok(()), |description| text::line("description", description, MAX_DESCRIPTION))?;
    Ok(filter.check()?)
}

/// What is asked of a webhook that is there.
fn decide(state: &Webhook, details: &Details, command: Command) -> Result<Vec<Event>, Rejection> {
    let is_active = matches!(state, Webhook::Active(_));
    Ok(match command {
        Command::Create(_) => return Err(Rejection::Exists),
        Command::Update(updated) => {
            check(&updated.url, updated.description.as_deref(), &updated.filter)?;
            let same = (&updated.url, &updated.description, &updated.filter)
                == (&details.url, &details.description, &details.filter);
            if same { vec![] } else { vec![updated.into()] }
        }
        Command::RotateKey(rotated) => vec![rotated.into()],
        Command::Disable(reason) if is_active => vec![Disabled { reason }.into()],
        Command::Enable if !is_active => vec![Enabled {}.into()],
        Command::Disable(_) | Command::Enable => vec![],
        Command::Replay { after, end } if after > end => return Err(Rejection::ReplayBeyondEnd { end }),
        Command::Replay { after, .. } => vec![ReplayRequested { after }.into()],
        Command::Redeliver { owner_sequence } => vec![RedeliveryRequested { owner_sequence }.into()],
        Command::Delete => vec![Deleted {}.into()],
    })
}

impl Aggregate for Webhook {
    const KIND: &'static str = "webhook";
    type Id = WebhookId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match (self, command) {
            (Self::Absent, Command::Create(created)) => {
                check(&created.url, created.description.as_deref(), &created.filter)?;
                Ok(vec![created.into()])
            }
            (Self::Deleted(_), Command::Create(_)) => Err(Rejection::Exists),
            (Self::Deleted(_), Command::Delete) => Ok(vec![]),
            (Self::Active(details) | Self::Disabled { details, .. }, command) => decide(self, details, command),
            (
                Self::Absent | Self::Deleted(_),
                Command::Update(_)
                | Command::RotateKey(_)
                | Command::Disable(_)
                | Command::Enable
                | Command::Replay { .. }
                | Command::Redeliver { .. }
                | Command::Delete,
            ) => Err(Rejection::Absent),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::Created(Created { organization, url, description, filter, key })) => Self::Active(Details {
                organization: *organization,
                url: url.clone(),
                description: description.clone(),
                filter: filter.clone(),
                key: key.clone(),
                previous: None,
                replays: 0,
                replay_after: 0,
            }),
            (state, Event::Updated(Updated { url, description, filter })) => state.change(|details| {
                details.url = url.clone();
                details.description = description.clone();
                details.filter = filter.clone();
            }),
            (state, Event::KeyRotated(KeyRotated { key, old_until })) => state.change(|details| {
                let key = std::mem::replace(&mut details.key, key.clone());
                details.previous = Some(PreviousKey { key, until: *old_until });
            }),
            (state, Event::ReplayRequested(ReplayRequested { after })) => state.change(|details| {
                details.replays += 1;
                details.replay_after = *after;
            }),
            (Self::Active(details), Event::Disabled(Disabled { reason })) => {
                Self::Disabled { details, reason: *reason }
            }
            (Self::Disabled { details, .. }, Event::Enabled(Enabled {})) => Self::Active(details),
            (Self::Active(details) | Self::Disabled { details, .. }, Event::Deleted(Deleted {})) => {
                Self::Deleted(details)
            }
            (state, Event::Disabled(_) | Event::Enabled(_) | Event::Deleted(_) | Event::RedeliveryRequested(_)) => {
                state
            }
        }
    }
}
