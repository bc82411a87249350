//! The JSON of a public event: [`crate::PublicEvent`] with the fields of its type.

use gpuaas_domain::KindOwner;
use serde_json::{Value, json};

use super::Type;

/// The schema of a type's events, the same by every way.
pub(super) fn event(listed: &Type) -> Value {
    let Type { kind, entry } = listed;
    let mut fields = Value::from((entry.shown_schema)());
    open(&mut fields);
    let count = json!({"type": "integer", "minimum": 1});
    let properties = json!({
        "position": described(&count, "Place in the whole log."),
        "owner_sequence": described(&count, "Place among the owner's entries, gapless."),
        "event": {"const": entry.event},
        "schema": described(&count, "Version of the payload's shape. A later one has what an earlier one had, and more."),
        "kind": {"const": kind.as_str()},
        "resource": {"type": "string", "description": "Id of the resource."},
        "version": described(&count, "Version of the resource after it."),
        "organization": organization(kind.owner()),
        "project": {
            "type": ["string", "null"],
            "pattern": id("proj"),
            "description": "The project that it is about, if it is about one."
        },
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
    json!({"type": "object", "properties": properties, "required": required})
}

/// Lets objects have more fields than a schema knows: a later shape adds some. In the log they
/// are closed, since there the version is exact.
fn open(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if object.get("additionalProperties") == Some(&Value::Bool(false)) {
                object.remove("additionalProperties");
            }
            object.values_mut().for_each(open);
        }
        Value::Array(items) => items.iter_mut().for_each(open),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn organization(owner: KindOwner) -> Value {
    match owner {
        KindOwner::Platform => json!({"type": "null", "description": "It is the platform's."}),
        KindOwner::Organization => json!({"type": "string", "pattern": id("org"), "description": "Whose it is."}),
        KindOwner::Either => json!({
            "type": ["string", "null"],
            "pattern": id("org"),
            "description": "Whose it is; null: the platform's."
        }),
    }
}

fn id(prefix: &str) -> String {
    format!("^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$")
}

fn described(schema: &Value, text: &str) -> Value {
    let mut schema = schema.clone();
    schema["description"] = text.into();
    schema
}
