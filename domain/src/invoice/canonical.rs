//! The bytes of an invoice: JSON as RFC 8785 has it. Amounts, prices and measures are texts;
//! positions and times are integers below 2⁵³; there is nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::{Document, Line};
use crate::rating::Resource;

/// What the document says it is.
const FORMAT: &str = "gpuaas.invoice.v1";

/// The JSON that an invoice needs.
enum Json {
    Text(String),
    Integer(u64),
    Array(Vec<Json>),
    /// Keys are ASCII, so that their order is that of UTF-16 code units too.
    Object(BTreeMap<&'static str, Json>),
}

impl Document {
    /// Its canonical bytes.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let terms = &self.terms;
        let lines = |lines: &[Line]| Json::Array(lines.iter().map(line).collect());
        let document = Json::Object(BTreeMap::from([
            ("currency", text(terms.currency)),
            ("format", text(FORMAT)),
            ("from", Json::Integer(terms.period.from.0)),
            ("late_after", Json::Integer(terms.late_after)),
            ("late_from", Json::Integer(terms.late_from.0)),
            ("late_lines", lines(&self.late_lines)),
            ("lines", lines(&self.lines)),
            ("organization", text(terms.organization)),
            ("total", text(self.total)),
            ("until", Json::Integer(terms.period.until.0)),
        ]));
        let mut bytes = String::new();
        write(&document, &mut bytes);
        bytes.into_bytes()
    }
}

fn line(line: &Line) -> Json {
    let positions = |positions: &BTreeSet<u64>| Json::Array(positions.iter().copied().map(Json::Integer).collect());
    let resource = match &line.resource {
        Resource::Allocation(allocation) => text(allocation),
        Resource::Product(product) => text(product),
    };
    let mut fields = BTreeMap::from([
        ("amount", text(line.amount)),
        ("basis", text(line.basis)),
        ("from", Json::Integer(line.service.from.0)),
        ("item", text(line.item)),
        ("measure", text(line.measure)),
        ("postings", positions(&line.postings)),
        ("project", text(line.project)),
        ("resource", resource),
        ("until", Json::Integer(line.service.until.0)),
        ("usage", positions(&line.usage)),
    ]);
    fields.extend(line.price.map(|price| ("price", text(price))));
    Json::Object(fields)
}

fn text(value: impl ToString) -> Json {
    Json::Text(value.to_string())
}

fn write(json: &Json, into: &mut String) {
    match json {
        Json::Text(text) => quote(text, into),
        Json::Integer(integer) => into.push_str(&integer.to_string()),
        Json::Array(values) => {
            into.push('[');
            for (index, value) in values.iter().enumerate() {
                comma(index, into);
                write(value, into);
            }
            into.push(']');
        }
        Json::Object(fields) => {
            into.push('{');
            for (index, (key, value)) in fields.iter().enumerate() {
                comma(index, into);
                quote(key, into);
                into.push(':');
                write(value, into);
            }
            into.push('}');
        }
    }
}

fn comma(index: usize, into: &mut String) {
    if index > 0 {
        into.push(',');
    }
}

/// ECMAScript's `JSON.stringify` of a text, which `serde_json` agrees with.
fn quote(text: &str, into: &mut String) {
    into.push_str(&serde_json::Value::from(text).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_as_the_standard_says() {
        // RFC 8785, section 3.2.2.2.
        let mut out = String::new();
        quote("\u{20ac}$\u{f}\nA'B\"\\\\\"/\u{7f}", &mut out);
        assert_eq!(out, "\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\u{7f}\"");
    }

    #[test]
    fn keys_are_sorted_and_nothing_is_between() {
        let json = Json::Object(BTreeMap::from([
            ("b", Json::Array(vec![Json::Integer(9_007_199_254_740_991), text("x")])),
            ("a", Json::Object(BTreeMap::new())),
            ("_", Json::Array(vec![])),
        ]));
        let mut out = String::new();
        write(&json, &mut out);
        assert_eq!(out, r#"{"_":[],"a":{},"b":[9007199254740991,"x"]}"#);
    }
}
