//! The messages: a public event of each type, and what ends a stream.

use serde_json::{Value, json};

use super::Type;

/// The message that ends an HTTP stream.
pub(super) const END: &str = "end";

/// A public event: [`crate::PublicEvent`] with the fields of its type.
pub(super) fn event(listed: &Type) -> Value {
    let Type { kind, entry } = listed;
    let fields = Value::from((entry.shown_schema)());
    let count = json!({"type": "integer", "minimum": 1});
    let absent = |pattern: &str| json!({"type": ["string", "null"], "pattern": pattern});
    let id = |prefix: &str| format!("^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$");
    let properties = json!({
        "position": described(&count, "Place in the whole log."),
        "owner_sequence": described(&count, "Place among the owner's entries, gapless."),
        "event": {"const": entry.event},
        "schema": {"const": entry.schema},
        "kind": {"const": kind.as_str()},
        "resource": {"type": "string", "description": "Id of the resource."},
        "version": described(&count, "Version of the resource after it."),
        "organization": described(&absent(&id("org")), "Whose it is; null: the platform's."),
        "project": described(&absent(&id("proj")), "The project that it is about, if it is about one."),
        "actor": {
            "type": "object",
            "description": "Who did it.",
            "properties": {
                "kind": {"type": "string", "description": "user, service_account, node, policy or system."},
                "id": {"type": ["string", "null"], "description": "Which; null for the system."}
            },
            "required": ["kind", "id"]
        },
        "recorded_at": {"type": "string", "format": "date-time", "description": "When, in UTC."},
        "correlation_id": {"type": "string", "pattern": "^[0-9a-f]{32}$", "description": "Trace id of the request."},
        "payload": {"anyOf": [fields, {"type": "null", "description": "Its fields were erased."}]}
    });
    let names: Vec<&String> = properties.as_object().into_iter().flat_map(|object| object.keys()).collect();
    let required = json!(names);
    json!({
        "name": listed.key(),
        "title": entry.event,
        "contentType": "application/json",
        "payload": {"type": "object", "properties": properties, "required": required}
    })
}

/// The last thing that an HTTP stream sends.
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

fn described(schema: &Value, text: &str) -> Value {
    let mut schema = schema.clone();
    schema["description"] = text.into();
    schema
}
