//! One schema against another, rule by rule.

use serde_json::{Value, json};

use super::super::{items, members};
use super::form::{is_note, may_be, types, words};
use super::{Comparison, Reader};

/// What is compared as what it is.
const COMPARED: [&str; 10] = [
    "additionalProperties",
    "anyOf",
    "const",
    "enum",
    "items",
    "oneOf",
    "properties",
    "propertyNames",
    "required",
    "type",
];
/// Limits below which a value must not be, and those above which it must not be.
const AT_LEAST: [&str; 4] = ["minimum", "minLength", "minItems", "minProperties"];
const AT_MOST: [&str; 4] = ["maximum", "maxLength", "maxItems", "maxProperties"];
/// What makes a schema narrower, and what only fits itself. Any other keyword has to stay as it is.
const NARROWER: [&str; 8] = [
    "contentEncoding",
    "contentMediaType",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "multipleOf",
    "pattern",
    "uniqueItems",
];
/// Numbers, each of which is one of the next.
const WIDER: [&[&str]; 2] = [&["int8", "int16", "int32", "int64"], &["uint8", "uint16", "uint32", "uint64"]];

impl Comparison<'_> {
    /// Whether it fits by its own rules.
    pub(super) fn fits_flat(&mut self, inner: &Value, outer: &Value, at: &str) {
        if !self.types(inner, outer, at) {
            return;
        }
        self.values(inner, outer, at);
        self.limits(inner, outer, at);
        if may_be(inner, "object") {
            self.object(inner, outer, at);
        }
        if may_be(inner, "array") && outer.get("items").is_some() {
            self.fits(&inner["items"], &outer["items"], &format!("{at}[]"));
        }
    }

    /// False where no type fits, so that there is no more to say.
    fn types(&mut self, inner: &Value, outer: &Value, at: &str) -> bool {
        let Some(allowed) = types(outer) else { return true };
        let Some(made) = types(inner) else {
            self.say(at, "it may be of any type");
            return false;
        };
        let (fitting, others): (Vec<_>, Vec<_>) = made
            .into_iter()
            .partition(|name| allowed.contains(name) || (*name == "integer" && allowed.contains(&"number")));
        others.iter().for_each(|name| self.say(at, &format!("{name} does not fit {}", allowed.join(" or "))));
        !fitting.is_empty()
    }

    fn values(&mut self, inner: &Value, outer: &Value, at: &str) {
        let Some(known) = words(outer) else { return };
        let Some(made) = words(inner) else { return self.say(at, "it is not only one of a list") };
        // One word may be what tells a choice from another.
        let is_list = outer.get("const").is_none() && !(self.is_choosing && known.len() == 1);
        if self.reader == Reader::Client && is_list {
            return;
        }
        for value in made.into_iter().filter(|value| !known.contains(value)) {
            self.say(at, &format!("{value} is not among what is known"));
        }
    }

    fn limits(&mut self, inner: &Value, outer: &Value, at: &str) {
        let is_limit = |keyword: &str| !is_note(keyword) && !COMPARED.contains(&keyword);
        for (keyword, limit) in members(outer).filter(|(keyword, _)| is_limit(keyword)) {
            if concerns(keyword, inner) && !inner.get(keyword).is_some_and(|made| keeps(keyword, made, limit)) {
                self.say(at, &format!("{keyword} {limit} is not kept"));
            }
        }
        let narrower = [&AT_LEAST[..], &AT_MOST, &NARROWER].concat();
        for (keyword, made) in members(inner).filter(|(keyword, _)| is_limit(keyword)) {
            if outer.get(keyword).is_none() && !narrower.contains(&keyword.as_str()) {
                self.say(at, &format!("{keyword} {made} is new"));
            }
        }
    }

    fn object(&mut self, inner: &Value, outer: &Value, at: &str) {
        for name in items(&outer["required"]).iter().filter(|name| !items(&inner["required"]).contains(name)) {
            self.say(&format!("{at}.{}", name.as_str().unwrap_or_default()), "it can be missing");
        }
        let (rest, allowed_rest) = (&inner["additionalProperties"], &outer["additionalProperties"]);
        for (name, wanted) in members(&outer["properties"]) {
            let at = format!("{at}.{name}");
            match inner["properties"].get(name) {
                Some(made) => self.fits(made, wanted, &at),
                // A client that was told of it looks for it, required or not.
                None if self.reader == Reader::Client => self.say(&at, "it is gone"),
                None => self.fits_rules(rest, wanted, &at),
            }
        }
        for (name, made) in members(&inner["properties"]) {
            if outer["properties"].get(name).is_none() {
                self.unnamed(made, allowed_rest, &format!("{at}.{name}"));
            }
        }
        self.unnamed(rest, allowed_rest, &format!("{at}.*"));
        if let Some(wanted) = outer.get("propertyNames") {
            let any = json!({"type": "string"});
            self.fits_rules(inner.get("propertyNames").unwrap_or(&any), wanted, &format!("{at}: name"));
        }
    }

    /// A member of which the outer schema says nothing by name. What is not said of such is that they
    /// may be anything, and where they are shut out, clients leave aside what they do not know.
    fn unnamed(&mut self, made: &Value, allowed: &Value, at: &str) {
        if *allowed != Value::Bool(false) {
            self.fits_rules(made, allowed, at);
        } else if self.reader != Reader::Client && *made != Value::Bool(false) {
            self.say(at, "it is not taken");
        }
    }
}

/// Whether a limit is kept by another.
fn keeps(keyword: &str, made: &Value, limit: &Value) -> bool {
    if made == limit {
        // What it refers to is compared nowhere.
        return !limit.to_string().contains("\"$ref\"");
    }
    if let (Some(made), Some(limit)) = (made.as_f64(), limit.as_f64()) {
        return (AT_LEAST.contains(&keyword) && made > limit) || (AT_MOST.contains(&keyword) && made < limit);
    }
    keyword == "format" && is_narrower(made, limit)
}

fn is_narrower(made: &Value, limit: &Value) -> bool {
    let place = |numbers: &[&str], name: &Value| numbers.iter().position(|number| name == number);
    WIDER
        .iter()
        .any(|numbers| place(numbers, made).zip(place(numbers, limit)).is_some_and(|(made, limit)| made < limit))
}

/// Whether a keyword says something of what a schema may be.
fn concerns(keyword: &str, schema: &Value) -> bool {
    let types: &[&str] = match keyword {
        "contentEncoding" | "contentMediaType" | "maxLength" | "minLength" | "pattern" => &["string"],
        "exclusiveMaximum" | "exclusiveMinimum" | "maximum" | "minimum" | "multipleOf" => &["integer", "number"],
        "format" => &["integer", "number", "string"],
        "maxItems" | "minItems" | "uniqueItems" => &["array"],
        "maxProperties" | "minProperties" => &["object"],
        _ => return true,
    };
    types.iter().any(|name| may_be(schema, name))
}
