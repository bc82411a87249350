//! Whether everything that one JSON Schema allows is allowed by another, as far as their form tells.
//!
//! Careful rather than clever: what cannot be told to fit counts as a break, since that can be
//! accepted with a reason, while a break that nobody noticed cannot be taken back.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{items, members};

/// Limits below which a value must not be, and those above which it must not be.
const AT_LEAST: [&str; 4] = ["minimum", "minLength", "minItems", "minProperties"];
const AT_MOST: [&str; 4] = ["maximum", "maxLength", "maxItems", "maxProperties"];
/// Rules about a value that only fit themselves.
const AS_THEY_ARE: [&str; 3] = ["pattern", "format", "contentEncoding"];

/// Which of the two documents a schema is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Old,
    New,
}

/// Two versions of a document, and what was found to break.
pub(super) struct Comparison<'d> {
    old: &'d Value,
    new: &'d Value,
    /// Pairs of named schemas that are being compared further up: a schema may contain itself.
    open: BTreeSet<(Side, String, String)>,
    /// A line for each.
    pub(super) breaks: Vec<String>,
}

impl<'d> Comparison<'d> {
    /// Of these two.
    pub(super) fn new(old: &'d Value, new: &'d Value) -> Self {
        Self { old, new, open: BTreeSet::new(), breaks: Vec::new() }
    }

    /// What a part of the old document is, if it only refers to it.
    pub(super) fn of_old(&self, part: &'d Value) -> &'d Value {
        resolved(self.old, part)
    }

    /// What a part of the new document is, if it only refers to it.
    pub(super) fn of_new(&self, part: &'d Value) -> &'d Value {
        resolved(self.new, part)
    }

    /// What clients send by the old schema has to be taken by the new one.
    pub(super) fn sent(&mut self, old: &'d Value, new: &'d Value, at: &str) {
        self.fits(Side::Old, old, new, at);
    }

    /// What clients get by the new schema has to be what the old one told them.
    pub(super) fn received(&mut self, old: &'d Value, new: &'d Value, at: &str) {
        self.fits(Side::New, new, old, at);
    }

    /// Whether `inner`, of the given side, fits into `outer`, of the other; says what does not.
    fn fits(&mut self, side: Side, inner: &'d Value, outer: &'d Value, at: &str) {
        let pair = (side, inner["$ref"].to_string(), outer["$ref"].to_string());
        if inner["$ref"].is_string() && outer["$ref"].is_string() && !self.open.insert(pair.clone()) {
            return;
        }
        let (inner_in, outer_in) = match side {
            Side::Old => (self.old, self.new),
            Side::New => (self.new, self.old),
        };
        let (resolved_inner, resolved_outer) = (resolved(inner_in, inner), resolved(outer_in, outer));
        self.fits_resolved(side, resolved_inner, resolved_outer, at);
        self.open.remove(&pair);
    }

    fn fits_resolved(&mut self, side: Side, inner: &'d Value, outer: &'d Value, at: &str) {
        if allows_all(outer) {
            return;
        }
        for choices in ["anyOf", "oneOf"] {
            if !items(&inner[choices]).is_empty() {
                return items(&inner[choices]).iter().for_each(|choice| self.fits(side, choice, outer, at));
            }
        }
        for choices in ["anyOf", "oneOf"] {
            let choices = items(&outer[choices]);
            if !choices.is_empty() {
                return self.fits_one_of(side, inner, choices, at);
            }
        }
        items(&outer["allOf"]).iter().for_each(|part| self.fits(side, inner, part, at));
        match items(&inner["allOf"]) {
            [only] => return self.fits(side, only, outer, at),
            [] => {}
            _ => {
                if inner["allOf"] != outer["allOf"] {
                    self.breaks.push(format!("{at}: it is put together in another way"));
                }
                return;
            }
        }
        self.types(inner, outer, at);
        self.values(inner, outer, at);
        self.limits(inner, outer, at);
        self.object(side, inner, outer, at);
        if let Some(wanted) = outer.get("items") {
            match inner.get("items") {
                Some(item) => self.fits(side, item, wanted, &format!("{at}[]")),
                None if inner["type"] == "array" => self.breaks.push(format!("{at}[]: it may be anything")),
                None => {}
            }
        }
    }

    /// One of several has to take it; of those that nearly do, nothing is said.
    fn fits_one_of(&mut self, side: Side, inner: &'d Value, choices: &'d [Value], at: &str) {
        for choice in choices {
            let mut attempt = Comparison { open: self.open.clone(), breaks: Vec::new(), ..*self };
            attempt.fits(side, inner, choice, at);
            if attempt.breaks.is_empty() {
                return;
            }
        }
        self.breaks.push(format!("{at}: none of the choices takes {}", told(inner)));
    }

    fn types(&mut self, inner: &Value, outer: &Value, at: &str) {
        let Some(allowed) = types(outer) else { return };
        let Some(made) = types(inner) else {
            // Words say by themselves what they are.
            if inner.get("const").is_none() && inner.get("enum").is_none() {
                self.breaks.push(format!("{at}: it may be of any type"));
            }
            return;
        };
        for name in made {
            let is_allowed = allowed.contains(&name) || (name == "integer" && allowed.contains(&"number"));
            if !is_allowed {
                self.breaks.push(format!("{at}: {name} does not fit {}", allowed.join(" or ")));
            }
        }
    }

    fn values(&mut self, inner: &Value, outer: &Value, at: &str) {
        let Some(allowed) = values(outer) else { return };
        let Some(made) = values(inner) else {
            self.breaks.push(format!("{at}: it is not only one of a list"));
            return;
        };
        for value in made.iter().filter(|value| !allowed.contains(value)) {
            self.breaks.push(format!("{at}: {value} is not among what is known"));
        }
    }

    fn limits(&mut self, inner: &Value, outer: &Value, at: &str) {
        for name in AT_LEAST.iter().chain(&AT_MOST) {
            let Some(limit) = outer[*name].as_f64() else { continue };
            let is_kept = inner[*name]
                .as_f64()
                .is_some_and(|kept| if AT_LEAST.contains(name) { kept >= limit } else { kept <= limit });
            if !is_kept && values(inner).is_none() {
                self.breaks.push(format!("{at}: {name} {} is not kept", outer[*name]));
            }
        }
        for name in AS_THEY_ARE {
            if outer.get(name).is_some() && outer.get(name) != inner.get(name) && values(inner).is_none() {
                self.breaks.push(format!("{at}: {name} {} is not kept", outer[name]));
            }
        }
    }

    fn object(&mut self, side: Side, inner: &'d Value, outer: &'d Value, at: &str) {
        let is_required = |schema: &Value, name: &str| items(&schema["required"]).iter().any(|listed| listed == name);
        for name in items(&outer["required"]).iter().filter_map(Value::as_str) {
            if !is_required(inner, name) {
                self.breaks.push(format!("{at}.{name}: it can be missing"));
            }
        }
        for (name, wanted) in members(&outer["properties"]) {
            match inner["properties"].get(name) {
                Some(made) => self.fits(side, made, wanted, &format!("{at}.{name}")),
                // A client that was told of it looks for it, required or not.
                None if side == Side::New => self.breaks.push(format!("{at}.{name}: it is gone")),
                None => {}
            }
        }
        for (name, made) in members(&inner["properties"]) {
            if outer["properties"].get(name).is_some() {
                continue;
            }
            match outer.get("additionalProperties") {
                Some(Value::Bool(false)) if side == Side::Old => {
                    self.breaks.push(format!("{at}.{name}: it is not taken any more"));
                }
                Some(rest @ Value::Object(_)) => self.fits(side, made, rest, &format!("{at}.{name}")),
                // Clients leave aside what they do not know.
                _ => {}
            }
        }
        if let (Some(made @ Value::Object(_)), Some(wanted @ Value::Object(_))) =
            (inner.get("additionalProperties"), outer.get("additionalProperties"))
        {
            self.fits(side, made, wanted, &format!("{at}.*"));
        }
    }
}

fn resolved<'d>(document: &'d Value, part: &'d Value) -> &'d Value {
    let mut part = part;
    while let Some(path) = part["$ref"].as_str() {
        match document.pointer(path.trim_start_matches('#')) {
            Some(named) => part = named,
            None => return part,
        }
    }
    part
}

/// Whether a schema rules nothing.
fn allows_all(schema: &Value) -> bool {
    match schema {
        Value::Object(rules) => rules.keys().all(|rule| ["description", "title", "examples"].contains(&rule.as_str())),
        Value::Bool(all) => *all,
        Value::Null => true,
        Value::Number(_) | Value::String(_) | Value::Array(_) => false,
    }
}

/// The types that a schema names; `None` if it names none.
fn types(schema: &Value) -> Option<Vec<&str>> {
    match &schema["type"] {
        Value::String(one) => Some(vec![one]),
        Value::Array(several) => Some(several.iter().filter_map(Value::as_str).collect()),
        _ => None,
    }
}

/// The values that a schema lists; `None` if it lists none.
fn values(schema: &Value) -> Option<Vec<&Value>> {
    match (schema.get("const"), schema.get("enum")) {
        (Some(one), _) => Some(vec![one]),
        (None, Some(several)) => Some(items(several).iter().collect()),
        (None, None) => None,
    }
}

/// A schema in few words.
fn told(schema: &Value) -> String {
    match (values(schema), types(schema)) {
        (Some(values), _) => values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "),
        (None, Some(types)) => types.join(" or "),
        (None, None) => "what it may be".to_owned(),
    }
}
