//! How a schema is written: what it is put together of, and what its rules are about.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::super::{items, members};

/// What rules nothing. `default` is compared by itself, and `$defs` where something refers to it.
const NOTES: [&str; 12] = [
    "$comment",
    "$defs",
    "$id",
    "$schema",
    "default",
    "deprecated",
    "description",
    "example",
    "examples",
    "externalDocs",
    "title",
    "xml",
];

/// What lets choose between schemas.
const CHOICES: [&str; 2] = ["anyOf", "oneOf"];

/// Whether a keyword rules nothing.
pub(super) fn is_note(keyword: &str) -> bool {
    NOTES.contains(&keyword)
}

/// Whether a schema rules nothing; one that is not there does not.
pub(super) fn allows_all(schema: &Value) -> bool {
    match schema {
        Value::Object(rules) => rules.keys().all(|keyword| is_note(keyword)),
        Value::Bool(all) => *all,
        Value::Null => true,
        Value::Number(_) | Value::String(_) | Value::Array(_) => false,
    }
}

/// What stands in a document where `$ref` says.
pub(super) fn named<'d>(document: &'d Value, path: &Value) -> Option<&'d Value> {
    document.pointer(path.as_str()?.strip_prefix('#')?)
}

/// What a schema stands for where its value is left out.
pub(super) fn default<'d>(document: &'d Value, schema: &'d Value) -> Option<&'d Value> {
    let mut meant = schema;
    // As far as any document refers on; one that refers in a circle has none.
    for _ in 0..16 {
        if let Some(value) = meant.get("default") {
            return Some(value);
        }
        meant = named(document, meant.get("$ref")?)?;
    }
    None
}

/// The schemas of which this one is put together, if it is; a value has to suit all of them. Fails with
/// what it refers to and is not there.
pub(super) fn parts<'s>(document: &'s Value, schema: &'s Value) -> Result<Option<Vec<Cow<'s, Value>>>, String> {
    let refers = schema.get("$ref");
    let is_own = |keyword: &str| !is_note(keyword) && !["$ref", "allOf"].contains(&keyword);
    let own = |are_choices: bool| {
        members(schema)
            .filter(move |(keyword, _)| is_own(keyword) && CHOICES.contains(&keyword.as_str()) == are_choices)
    };
    let is_one = own(true).count() + own(false).take(1).count() <= 1;
    if refers.is_none() && schema.get("allOf").is_none() && is_one {
        return Ok(None);
    }
    let mut parts = Vec::new();
    if let Some(path) = refers {
        parts.push(Cow::Borrowed(named(document, path).ok_or_else(|| path.to_string())?));
    }
    parts.extend(items(&schema["allOf"]).iter().map(Cow::Borrowed));
    parts.extend(own(true).map(|(keyword, choices)| Cow::Owned(json!({ keyword: choices }))));
    let rules: Map<_, _> = own(false).map(|(keyword, rule)| (keyword.clone(), rule.clone())).collect();
    if !rules.is_empty() {
        parts.push(Cow::Owned(Value::Object(rules)));
    }
    Ok(Some(parts))
}

/// Between what a schema lets choose, unless that is only words.
pub(super) fn choices(schema: &Value) -> Option<&[Value]> {
    if words(schema).is_some() { None } else { every_choice(schema) }
}

fn every_choice(schema: &Value) -> Option<&[Value]> {
    CHOICES.iter().find_map(|keyword| schema.get(*keyword)).map(items)
}

/// The values that a schema lists, in whichever way; `None` if it lists none.
pub(super) fn words(schema: &Value) -> Option<Vec<&Value>> {
    if let Some(one) = schema.get("const") {
        return Some(vec![one]);
    }
    if let Some(several) = schema.get("enum") {
        return Some(items(several).iter().collect());
    }
    let lists: Option<Vec<_>> = every_choice(schema)?.iter().map(words).collect();
    Some(lists?.concat())
}

/// The types that a schema names or whose values it lists; `None` if it may be of any.
pub(super) fn types(schema: &Value) -> Option<Vec<&str>> {
    match &schema["type"] {
        Value::String(one) => Some(vec![one]),
        Value::Array(several) => Some(several.iter().filter_map(Value::as_str).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
            let mut types: Vec<&str> = words(schema)?.into_iter().map(type_of).collect();
            types.sort_unstable();
            types.dedup();
            Some(types)
        }
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Whether a schema is of `null` and nothing else.
pub(super) fn is_null(schema: &Value) -> bool {
    types(schema).is_some_and(|types| types == ["null"])
}

/// Whether a value may be of a type.
pub(super) fn may_be(schema: &Value, name: &str) -> bool {
    types(schema).is_none_or(|types| types.contains(&name))
}
