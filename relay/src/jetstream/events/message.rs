//! A public event as a message, and what a message must say to be one of ours.

use async_nats::HeaderMap;
use bytes::Bytes;
use gpuaas_log::entry::StoredEntry;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::event::PublicEvent;
use crate::jetstream::error::MirrorError;
use crate::jetstream::names::{self, header};

/// A public event on its way to NATS.
#[derive(Debug)]
pub(super) struct EventMessage {
    pub(super) subject: String,
    pub(super) headers: HeaderMap,
    pub(super) payload: Bytes,
}

impl EventMessage {
    /// The message of an entry's event.
    pub(super) fn of(
        event: &PublicEvent,
        stored: &StoredEntry,
        log: Uuid,
        generation: u64,
    ) -> Result<Self, MirrorError> {
        let payload = serde_json::to_vec(event).expect("an event is of types that JSON has");
        let mut headers = HeaderMap::new();
        headers.insert(header::LOG, log.simple().to_string());
        headers.insert(header::GENERATION, generation.to_string());
        headers.insert(header::POSITION, event.position.to_string());
        headers.insert(header::OWNER_SEQUENCE, event.owner_sequence.to_string());
        headers.insert(header::HASH, stored.hash().to_string());
        headers.insert(header::PREVIOUS, stored.entry()?.owner_prev.to_string());
        headers.insert(header::DIGEST, digest(&payload));
        let subject = names::subject(event.organization, event.kind, &event.event);
        Ok(Self { subject, headers, payload: payload.into() })
    }

    /// Whether a message that is there is this one. A program of another version may have said
    /// less in the JSON, but nothing else.
    pub(super) fn is(&self, subject: &str, headers: &HeaderMap, payload: &[u8]) -> bool {
        let same = |name: &str| {
            headers.get(name).map(|value| value.as_str()) == self.headers.get(name).map(|value| value.as_str())
        };
        let of_entry = [header::LOG, header::POSITION, header::OWNER_SEQUENCE, header::HASH, header::PREVIOUS];
        subject == self.subject && of_entry.into_iter().all(same) && undamaged(headers, payload) && self.says(payload)
    }

    fn says(&self, payload: &[u8]) -> bool {
        let parsed = (serde_json::from_slice(payload), serde_json::from_slice(&self.payload));
        matches!(parsed, (Ok(theirs), Ok(ours)) if says_nothing_else(&theirs, &ours))
    }
}

/// The position that a message of a log names, if its payload is whole. That it is the entry
/// there is not shown by this.
pub(super) fn position(log: Uuid, headers: &HeaderMap, payload: &[u8]) -> Option<u64> {
    let text = |name: &str| headers.get(name).map(|value| value.as_str());
    if text(header::LOG)? != log.simple().to_string() || !undamaged(headers, payload) {
        return None;
    }
    text(header::POSITION)?.parse().ok()
}

fn undamaged(headers: &HeaderMap, payload: &[u8]) -> bool {
    headers.get(header::DIGEST).is_some_and(|said| said.as_str() == digest(payload))
}

fn digest(payload: &[u8]) -> String {
    hex::encode(Sha256::digest(payload))
}

/// Whether everything in one JSON is in the other, too. The payload may have been erased since.
fn says_nothing_else(theirs: &Value, ours: &Value) -> bool {
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            theirs.iter().all(|(name, value)| ours.get(name).is_some_and(|known| says_nothing_else(value, known)))
        }
        (Value::Array(theirs), Value::Array(ours)) => {
            theirs.len() == ours.len() && theirs.iter().zip(ours).all(|(value, known)| says_nothing_else(value, known))
        }
        _ => theirs == ours,
    }
}

#[cfg(test)]
mod tests {
    use gpuaas_log::entry::{ActorRef, AppendRef, Cause, CommandRef, Entry, Few, PayloadRef, StreamRef};
    use gpuaas_log::hash::Hash;
    use serde_json::json;

    use super::*;
    use crate::event;

    /// The first event of a project, as the log has it.
    fn stored() -> StoredEntry {
        let golden = include_str!("../../../../schemas/golden/events/project.created.v1.hex");
        let payload = hex::decode(golden.lines().next().unwrap()).unwrap();
        let id = |number| Uuid::from_u64_pair(0x0190_0000_0000_7000, number);
        let entry = Entry {
            position: 9,
            recorded_at: 1_700_000_000_000_000,
            owner: Some(id(1)),
            owner_sequence: 3,
            owner_prev: Hash([2; 32]),
            stream: StreamRef { kind: "project", id: id(2) },
            version: 1,
            event: "project.created",
            schema: 1,
            append: AppendRef { command_id: id(3), index: 0, count: 1 },
            command: CommandRef { name: "create_project", idempotency: None, request: None },
            actor: ActorRef { kind: "system", id: None, token: None, on_behalf_of: None },
            decision: None,
            trace: [4; 16],
            cause: Cause::None,
            guards: Few::new(),
            claims: Vec::new(),
            payload: PayloadRef::Inline(&payload),
            prev: Hash([5; 32]),
        };
        StoredEntry { position: 9, bytes: entry.encode().into(), body: None }
    }

    #[test]
    fn a_message_has_the_headers_and_the_json_that_the_document_of_the_events_says() {
        let stored = stored();
        let event = event::public(&event::decode(&stored).unwrap().unwrap(), None).unwrap();
        let message = EventMessage::of(&event, &stored, Uuid::from_u128(7), 1).unwrap();
        let mut headers = json!({});
        for (name, values) in message.headers.iter() {
            headers[name.to_string()] = values[0].as_str().into();
        }
        let document = crate::asyncapi::document();
        let schemas = &document["components"]["schemas"];
        let listed = schemas["jetstreamHeaders"]["properties"].as_object().unwrap();
        assert!(listed.len() == message.headers.len() && listed.keys().all(|name| headers[name].is_string()));
        let json: Value = serde_json::from_slice(&message.payload).unwrap();
        for (name, said) in [("jetstreamHeaders", &headers), ("project.created", &json)] {
            let schema = jsonschema::draft7::new(&schemas[name]).unwrap();
            let faults: Vec<String> = schema.iter_errors(said).map(|fault| fault.to_string()).collect();
            assert!(faults.is_empty(), "{name}: {faults:?}: {said}");
        }
    }

    #[test]
    fn an_older_program_may_have_said_less_but_nothing_else() {
        let ours = json!({"position": 7, "payload": {"name": "a", "new": 1}, "list": [1, 2]});
        for less in [json!({"position": 7}), json!({"payload": {"name": "a"}}), json!({"list": [1, 2]}), ours.clone()] {
            assert!(says_nothing_else(&less, &ours), "{less}");
        }
        for other in
            [json!({"position": 8}), json!({"more": 1}), json!({"payload": {"name": "b"}}), json!({"list": [1]})]
        {
            assert!(!says_nothing_else(&other, &ours), "{other}");
        }
    }

    #[test]
    fn a_damaged_payload_has_no_position() {
        let log = Uuid::from_u128(1);
        let mut headers = HeaderMap::new();
        headers.insert(header::LOG, log.simple().to_string());
        headers.insert(header::POSITION, "7");
        headers.insert(header::DIGEST, digest(b"{}"));
        assert_eq!(position(log, &headers, b"{}"), Some(7));
        assert_eq!(position(log, &headers, b"{ }"), None);
        assert_eq!(position(Uuid::from_u128(2), &headers, b"{}"), None);
    }
}
