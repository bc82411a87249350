//! The messages: a public event of each type by each way, and what ends a stream.

use serde_json::{Value, json};

use super::{Type, Way, headers, reference};
use crate::http::END;

/// A public event that comes by a way.
pub(super) fn event(way: Way, listed: &Type) -> Value {
    let mut message = json!({
        "name": listed.key(),
        "contentType": "application/json",
        "payload": reference("components/schemas", listed.key())
    });
    if let Some(headers) = headers::of(way) {
        message["headers"] = reference("components/schemas", headers.name);
    }
    message
}

/// The last thing that a stream of server-sent events sends.
pub(super) fn end() -> Value {
    json!({
        "name": END,
        "title": "The stream has ended",
        "contentType": "application/json",
        "payload": {
            "type": "object",
            "properties": {
                "code": {"type": "string", "description": "Stable code, as in refusals."},
                "message": {"type": "string", "description": "A sentence that says what to do."}
            },
            "required": ["code", "message"]
        }
    })
}
