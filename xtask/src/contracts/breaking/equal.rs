//! What has to stay as it is, apart from what it says to people.

use serde_json::Value;

use super::members;

/// A line for each member that is another than it was. `but` are those that are compared elsewhere.
pub(super) fn differences(at: &str, was: &Value, is: &Value, but: &[&str]) -> Vec<String> {
    let new = members(is).filter(|(name, _)| was.get(name).is_none());
    let compared =
        members(was).chain(new).filter(|(name, value)| !but.contains(&name.as_str()) && !is_prose(name, value));
    let differing = compared.filter_map(|(name, _)| {
        let (was, is) = (was.get(name).map(bare), is.get(name).map(bare));
        (was != is).then(|| format!("{at}: {name} was {} and is {}", told(was.as_ref()), told(is.as_ref())))
    });
    differing.collect()
}

/// The same for a list by name, to which something may be added.
pub(super) fn kept(kind: &str, was: &Value, is: &Value) -> Vec<String> {
    let lines = members(was).flat_map(|(name, was)| match is.get(name) {
        Some(is) => differences(&format!("{kind} {name}"), was, is, &[]),
        None => vec![format!("{kind} {name}: it is gone")],
    });
    lines.collect()
}

fn told(value: Option<&Value>) -> String {
    value.map_or_else(|| "none".to_owned(), Value::to_string)
}

/// Without what it says to people.
fn bare(value: &Value) -> Value {
    match value {
        Value::Object(_) => members(value)
            .filter(|(name, value)| !is_prose(name, value))
            .map(|(name, value)| (name.clone(), bare(value)))
            .collect(),
        Value::Array(several) => several.iter().map(bare).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// Whether a member is for people; one of another shape is something that only has such a name.
fn is_prose(name: &str, value: &Value) -> bool {
    match name {
        "description" | "summary" | "title" => value.is_string(),
        "deprecated" => value.is_boolean(),
        "tags" => value.is_array(),
        "example" | "examples" | "externalDocs" => true,
        _ => false,
    }
}
