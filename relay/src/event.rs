//! What a subscriber sees of an entry.

use gpuaas_domain::id::{OrganizationId, ProjectId, TypedId};
use gpuaas_domain::{AnyEvent, DecodeError, Kind, Timestamp};
use gpuaas_log::entry::{self, ActorRef, Entry, StoredEntry};
use serde::Serialize;
use serde_json::Value;

use crate::{moment, payload};

/// A public event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PublicEvent {
    /// Place in the whole log.
    pub position: u64,
    /// Place among the organization's entries, gapless: a subscriber who sees a whole
    /// organization can tell a gap by it.
    pub owner_sequence: u64,
    /// What happened: `project.created`.
    pub event: String,
    /// Version of the payload's shape.
    pub schema: u64,
    /// Kind of the resource.
    pub kind: &'static str,
    /// The resource.
    pub resource: String,
    /// Version of the resource after it.
    pub version: u64,
    /// Whose it is; `None`: the platform's.
    pub organization: Option<OrganizationId>,
    /// The project it is about.
    pub project: Option<ProjectId>,
    /// Who did it.
    pub actor: PublicActor,
    /// When.
    #[serde(serialize_with = "moment::serialize")]
    pub recorded_at: Timestamp,
    /// The trace id of the request, in hex.
    pub correlation_id: String,
    /// Its fields; `None` if they were erased.
    pub payload: Option<Value>,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PublicActor {
    /// `user`, `service_account`, `node`, `policy` or `system`.
    pub kind: String,
    /// Which; `None` for `system`.
    pub id: Option<String>,
}

/// Why an entry cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum EventError {
    /// The stored bytes were altered.
    #[error(transparent)]
    Entry(#[from] entry::DecodeError),
    /// No such kind is known: a newer program wrote it.
    #[error("unknown kind {0}: this program is older than the log")]
    Kind(String),
    /// The payload cannot be read.
    #[error(transparent)]
    Payload(#[from] DecodeError),
    /// The payload cannot be shown.
    #[error("the payload is not JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// An event of the domain with its entry.
pub(crate) struct Decoded<'e> {
    pub(crate) entry: Entry<'e>,
    pub(crate) kind: Kind,
    /// `None` if the payload was erased.
    pub(crate) event: Option<AnyEvent>,
}

/// Reads an entry; `None` for what the log says of itself.
pub(crate) fn decode(stored: &StoredEntry) -> Result<Option<Decoded<'_>>, EventError> {
    let entry = stored.entry()?;
    if entry.stream.kind == gpuaas_log::declaration::LOG_KIND {
        return Ok(None);
    }
    let kind = Kind::parse(entry.stream.kind).ok_or_else(|| EventError::Kind(entry.stream.kind.to_owned()))?;
    let event = stored
        .payload()?
        .map(|bytes| {
            let mut deserializer = gpuaas_log::payload::deserializer(bytes);
            AnyEvent::deserialize(kind, entry.event, entry.schema, &mut deserializer)
        })
        .transpose()?;
    Ok(Some(Decoded { entry, kind, event }))
}

/// The public event of a decoded entry that is about a project, or about none.
pub(crate) fn public(decoded: &Decoded<'_>, project: Option<ProjectId>) -> Result<PublicEvent, EventError> {
    let Decoded { entry, kind, event } = decoded;
    Ok(PublicEvent {
        position: entry.position,
        owner_sequence: entry.owner_sequence,
        event: entry.event.to_owned(),
        schema: event.as_ref().map_or(entry.schema, AnyEvent::schema),
        kind: kind.as_str(),
        resource: kind.print_id(entry.stream.id),
        version: entry.version,
        organization: entry.owner.map(OrganizationId::from_uuid),
        project,
        actor: actor(&entry.actor),
        recorded_at: Timestamp(entry.recorded_at),
        correlation_id: hex::encode(entry.trace),
        payload: event.as_ref().map(payload::to_json).transpose()?,
    })
}

/// The fields of an event as its payload has them. Sealed fields stay sealed.
pub fn fields(kind: Kind, event: &str, schema: u64, payload: &[u8]) -> Result<Value, EventError> {
    let mut deserializer = gpuaas_log::payload::deserializer(payload);
    let event = AnyEvent::deserialize(kind, event, schema, &mut deserializer)?;
    Ok(payload::to_json(&event)?)
}

fn actor(actor: &ActorRef<'_>) -> PublicActor {
    let print = |id| Kind::parse(actor.kind).map_or_else(|| uuid::Uuid::to_string(&id), |kind| kind.print_id(id));
    PublicActor { kind: actor.kind.to_owned(), id: actor.id.map(print) }
}
