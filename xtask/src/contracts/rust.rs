//! A JSON Schema of the document as a Rust type, and its words as Rust names.

use serde_json::Value;

/// Words that Rust keeps for itself.
const KEPT: [&str; 8] = ["as", "in", "match", "move", "ref", "type", "use", "where"];

/// The Rust type that holds values of a schema.
pub(super) fn type_of(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/components/schemas/")) {
        return type_name(name);
    }
    if let Some(only) = only_choice(schema) {
        return type_of(only);
    }
    if let Some(inner) = nullable(schema) {
        return optional(type_of(&inner));
    }
    match schema["type"].as_str() {
        Some("string") => "String".to_owned(),
        Some("boolean") => "bool".to_owned(),
        Some("integer") if schema["minimum"].as_i64().is_some_and(|minimum| minimum >= 0) => "u64".to_owned(),
        Some("integer") => "i64".to_owned(),
        Some("array") => format!("Vec<{}>", type_of(&schema["items"])),
        Some("object") if schema["additionalProperties"].is_object() => {
            format!("std::collections::BTreeMap<String, {}>", type_of(&schema["additionalProperties"]))
        }
        _ => "serde_json::Value".to_owned(),
    }
}

/// `Option` of a type that is not one yet.
pub(super) fn optional(kind: String) -> String {
    if kind.starts_with("Option<") { kind } else { format!("Option<{kind}>") }
}

/// The schema inside an `allOf` of one, which only adds a description to a reference.
fn only_choice(schema: &Value) -> Option<&Value> {
    match schema["allOf"].as_array()?.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

/// What is left of a schema that also allows null.
fn nullable(schema: &Value) -> Option<Value> {
    if let Some([a, b]) = schema["type"].as_array().map(Vec::as_slice) {
        let kind = if a == "null" { b } else { a };
        let mut inner = schema.clone();
        inner["type"] = kind.clone();
        return (a == "null" || b == "null").then_some(inner);
    }
    let [a, b] = schema["oneOf"].as_array().or(schema["anyOf"].as_array())?.as_slice() else { return None };
    let is_null = |choice: &Value| choice["type"] == "null";
    match (is_null(a), is_null(b)) {
        (true, false) => Some(b.clone()),
        (false, true) => Some(a.clone()),
        (true, true) | (false, false) => None,
    }
}

/// What the document says of a schema, or of the one that it may be besides null.
pub(super) fn description(schema: &Value) -> Option<&str> {
    let choices = schema["oneOf"].as_array().into_iter().flatten();
    schema["description"].as_str().or_else(|| choices.filter_map(|choice| choice["description"].as_str()).next())
}

/// A description as doc comment lines, or a stand-in, since every public item has one.
pub(super) fn doc(indent: &str, text: Option<&str>, otherwise: &str) -> String {
    let text = text.filter(|text| !text.is_empty()).unwrap_or(otherwise);
    text.lines().map(|line| format!("{indent}{}\n", format!("/// {line}").trim_end())).collect()
}

/// The name of a field, an argument or a method.
pub(super) fn identifier(name: &str) -> String {
    let name = name.replace(['-', '.'], "_").to_lowercase();
    if KEPT.contains(&name.as_str()) { format!("r#{name}") } else { name }
}

/// The name of a type or a variant: `some_words` as `SomeWords`.
pub(super) fn type_name(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{identifier, type_name, type_of};

    fn check(schema: Value, expected: &str) {
        assert_eq!(type_of(&schema), expected, "{schema}");
    }

    #[test]
    fn a_schema_has_a_rust_type() {
        check(json!({"type": "string", "format": "date-time"}), "String");
        check(json!({"type": "integer", "minimum": 0}), "u64");
        check(json!({"type": "integer"}), "i64");
        check(json!({"type": "array", "items": {"$ref": "#/components/schemas/Project"}}), "Vec<Project>");
        check(
            json!({"type": "object", "additionalProperties": {"type": "boolean"}}),
            "std::collections::BTreeMap<String, bool>",
        );
        check(json!({}), "serde_json::Value");
    }

    #[test]
    fn what_may_be_null_is_an_option_once() {
        let reference = json!({"$ref": "#/components/schemas/Person"});
        check(json!({"type": ["string", "null"]}), "Option<String>");
        check(json!({"oneOf": [{"type": "null"}, reference]}), "Option<Person>");
        check(json!({"oneOf": [{"type": ["string", "null"]}, {"type": "null"}]}), "Option<String>");
        check(json!({"oneOf": [{"type": "string"}, {"type": "integer"}]}), "serde_json::Value");
        check(json!({"allOf": [reference], "description": "Who."}), "Person");
    }

    #[test]
    fn a_name_is_one_that_rust_takes() {
        assert_eq!(identifier("type"), "r#type");
        assert_eq!(identifier("Last-Event-ID"), "last_event_id");
        assert_eq!(type_name("project_admin"), "ProjectAdmin");
        assert_eq!(type_name("Page_Project"), "PageProject");
    }
}
