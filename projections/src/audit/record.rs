//! A record of the audit trail: who did what to what, and by which rules.

use gpuaas_domain::{AnyEvent, Kind, Timestamp, access};
use gpuaas_log::entry::{Cause, Entry};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::runner::{Item, Unappliable};

/// How what was asked for ended. What was refused by another rule than an access rule left
/// nothing in the log, and so has no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Success,
    /// The access rules did not allow it.
    Denied,
}

impl Outcome {
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Denied => "denied",
        }
    }
}

/// What one command did to what belongs to one owner.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The first of the owner's entries in the append.
    pub position: u64,
    /// The first entry of the append.
    pub append: u64,
    /// Whose the entries are; `None`: the platform's.
    pub owner: Option<Uuid>,
    /// When.
    pub recorded_at: Timestamp,
    /// The command; for a denial the action that was denied.
    pub action: String,
    /// Kind of who did it.
    pub actor_kind: String,
    /// Who did it.
    pub actor_id: Option<Uuid>,
    /// The trace id, which is the correlation id.
    pub trace: Uuid,
    /// The entry of this log that led to it.
    pub cause: Option<u64>,
    /// How it ended.
    pub outcome: Outcome,
    /// The rest.
    pub more: More,
}

/// What a record is not searched by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct More {
    /// The command's id.
    pub command_id: Uuid,
    /// How many entries its append has, whosever they are.
    pub entries: u64,
    /// The token or certificate that was used.
    pub credential: Option<Uuid>,
    /// On whose behalf: kind and id.
    pub on_behalf_of: Option<(String, Uuid)>,
    /// Which rules decided; `None` for policies and the system.
    pub decision: Option<Decided>,
    /// The owner's entries.
    pub events: Vec<Event>,
    /// What was denied.
    pub denied: Option<Denied>,
}

/// The access rules that decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// Digest of the rule set, in hex.
    pub rule_set: String,
    /// The ids of the rules.
    pub rules: Vec<String>,
}

/// An entry of an append.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Where it stands.
    pub position: u64,
    /// What happened.
    pub event: String,
    /// Kind of its stream.
    pub kind: String,
    /// Its stream.
    pub id: Uuid,
    /// Its version in the stream.
    pub version: u64,
}

/// What an access rule did not allow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denied {
    /// Kind of what it was tried on; `None` where further denials are counted.
    pub target_kind: Option<String>,
    /// How often it was denied again within the minute.
    pub further: u64,
}

impl Record {
    /// The record that begins with an entry.
    pub(super) fn begin(item: &Item<'_>) -> Result<Self, Unappliable> {
        let entry = &item.entry;
        let (outcome, action, denied) = match denied(item)? {
            Some((action, denied)) => (Outcome::Denied, action, Some(denied)),
            None => (Outcome::Success, entry.command.name.to_owned(), None),
        };
        let cause = match entry.cause {
            Cause::Here(position) => Some(position),
            Cause::None | Cause::Elsewhere { .. } => None,
        };
        let decision = entry.decision.as_ref().map(|decision| Decided {
            rule_set: decision.rule_set.to_string(),
            rules: decision.rules.iter().map(|rule| (*rule).to_owned()).collect(),
        });
        Ok(Self {
            position: entry.position,
            append: first_of(entry),
            owner: entry.owner,
            recorded_at: Timestamp(entry.recorded_at),
            action,
            actor_kind: entry.actor.kind.to_owned(),
            actor_id: entry.actor.id,
            trace: Uuid::from_bytes(entry.trace),
            cause,
            outcome,
            more: More {
                command_id: entry.append.command_id,
                entries: entry.append.count,
                credential: entry.actor.token,
                on_behalf_of: entry.actor.on_behalf_of.map(|stream| (stream.kind.to_owned(), stream.id)),
                decision,
                events: Vec::new(),
                denied,
            },
        })
    }

    /// Adds an entry of the same append and owner; one that is in it already changes nothing.
    pub(super) fn add(&mut self, entry: &Entry<'_>) {
        if self.more.events.iter().any(|event| event.position == entry.position) {
            return;
        }
        self.more.events.push(Event {
            position: entry.position,
            event: entry.event.to_owned(),
            kind: entry.stream.kind.to_owned(),
            id: entry.stream.id,
            version: entry.version,
        });
    }

    /// Where its append ends.
    #[must_use]
    pub fn append_end(&self) -> u64 {
        self.append + self.more.entries - 1
    }

    /// Whether a search of the whole log shows the append by this record.
    pub(super) fn leads(&self) -> bool {
        self.position == self.append
    }

    /// What it is about: kinds and ids, zeros where only the kind is known.
    pub(super) fn targets(&self) -> impl Iterator<Item = (&str, Uuid)> {
        let tried = self.more.denied.as_ref().and_then(|denied| denied.target_kind.as_deref());
        let streams = self.more.events.iter().map(|event| (event.kind.as_str(), event.id));
        streams.chain(tried.map(|kind| (kind, Uuid::nil())))
    }
}

/// Where an entry's append begins.
pub(super) fn first_of(entry: &Entry<'_>) -> u64 {
    entry.position - entry.append.index
}

/// What an entry says was denied.
fn denied(item: &Item<'_>) -> Result<Option<(String, Denied)>, Unappliable> {
    let entry = &item.entry;
    if entry.stream.kind != Kind::Access.as_str() {
        return Ok(None);
    }
    let payload = item.payload.ok_or_else(|| Unappliable(format!("the payload of {} was erased", entry.event)))?;
    let mut payload = gpuaas_log::payload::deserializer(payload);
    let event = AnyEvent::deserialize(Kind::Access, entry.event, entry.schema, &mut payload);
    let AnyEvent::Access(event) = event.map_err(|error| Unappliable(error.to_string()))? else {
        return Err(Unappliable(format!("{} is not about a denial", entry.event)));
    };
    Ok(Some(match event {
        access::Event::Denied(access::Denied { action, target_kind, .. }) => {
            (action, Denied { target_kind: Some(target_kind), further: 0 })
        }
        access::Event::DenialsCounted(access::DenialsCounted { action, further, .. }) => {
            (action, Denied { target_kind: None, further })
        }
    }))
}
