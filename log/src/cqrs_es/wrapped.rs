//! The payload of an event of an application.

use cqrs_es::persist::{PersistenceError, SerializedEvent};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Refused, document};
use crate::append::NewPayload;
use crate::entry::StoredEntry;
use crate::payload;

/// Version of the shape below.
pub(super) const SCHEMA: u64 = 1;
/// A payload with more bytes is kept outside its entry, which has at most 65,535.
const INLINE: usize = 32 << 10;

/// What the log's own fields do not hold, as the application spells it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wrapped {
    /// `Aggregate::TYPE`.
    pub(super) aggregate: String,
    /// The aggregate's id.
    pub(super) id: String,
    /// `DomainEvent::event_type`.
    pub(super) event: String,
    /// `DomainEvent::event_version`.
    pub(super) version: String,
    /// The event, RFC 8785 text.
    pub(super) payload: String,
    /// Its metadata, RFC 8785 text.
    pub(super) metadata: String,
}

/// The JSON Schema of that, which is declared in the log.
pub(super) fn descriptor() -> Vec<u8> {
    let text = |about: &str| json!({"type": "string", "description": about});
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An event of a cqrs-es aggregate",
        "type": "object",
        "properties": {
            "aggregate": text("Aggregate::TYPE"),
            "id": text("The aggregate's id"),
            "event": text("DomainEvent::event_type"),
            "version": text("DomainEvent::event_version"),
            "payload": text("The event, RFC 8785 JSON"),
            "metadata": text("Its metadata, RFC 8785 JSON"),
        },
        "required": ["aggregate", "event", "id", "metadata", "payload", "version"],
        "additionalProperties": false,
    });
    serde_jcs::to_vec(&schema).expect("text and objects are JSON")
}

impl Wrapped {
    /// Of an event.
    pub(super) fn of(aggregate: &str, event: &SerializedEvent) -> Result<Self, PersistenceError> {
        Ok(Self {
            aggregate: aggregate.to_owned(),
            id: event.aggregate_id.clone(),
            event: event.event_type.clone(),
            version: event.event_version.clone(),
            payload: document::write(&event.payload)?,
            metadata: document::write(&event.metadata)?,
        })
    }

    /// As a payload.
    pub(super) fn encode(&self) -> Result<NewPayload, PersistenceError> {
        let bytes = payload::encode(self).map_err(|error| PersistenceError::UnknownError(Box::new(error)))?;
        Ok(if bytes.len() > INLINE { NewPayload::Detached(bytes) } else { NewPayload::Inline(bytes) })
    }

    /// The event of an entry, if it is one of this aggregate's type.
    pub(super) fn read(aggregate: &str, stored: &StoredEntry) -> Result<Option<SerializedEvent>, PersistenceError> {
        let position = stored.position;
        let foreign = |reason: String| PersistenceError::from(Refused::Foreign { position, reason });
        let entry = stored.entry().map_err(|error| foreign(error.to_string()))?;
        let bytes = stored.payload().map_err(|error| foreign(error.to_string()))?.ok_or(Refused::Erased(position))?;
        let wrapped: Self = payload::decode(bytes).map_err(|error| foreign(error.to_string()))?;
        if wrapped.aggregate != aggregate {
            return Ok(None);
        }
        let sequence = usize::try_from(entry.version).map_err(|error| foreign(error.to_string()))?;
        let (payload, metadata) = (document::read(&wrapped.payload)?, document::read(&wrapped.metadata)?);
        let Self { aggregate, id, event, version, .. } = wrapped;
        Ok(Some(SerializedEvent::new(id, sequence, aggregate, event, version, payload, metadata)))
    }
}
