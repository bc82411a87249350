//! What texts may hold, as patterns (ECMA-262): the views name the kind of a text where JSON
//! Schema has the name of a format.

use serde_json::{Value, json};

/// One line for people: `text::line` of the domain.
const LINE: &str = r"^[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$";
/// Such a line, or an empty text where there is to be none.
const LINE_OR_NOTHING: &str = r"^([^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?)?$";
/// A name that machines give: `Label` of the domain.
const LABEL: &str = "^[A-Za-z0-9_.:/-]+$";
/// An e-mail address, as far as it is looked at.
const ADDRESS: &str = r"^[^\s@\x00-\x1f\x7f-\x9f]+@[^\s@.\x00-\x1f\x7f-\x9f][^\s@\x00-\x1f\x7f-\x9f]*[.][^\s@\x00-\x1f\x7f-\x9f]*[^\s@.\x00-\x1f\x7f-\x9f]$";
/// Any parameter: no control characters.
const PARAMETER: &str = r"^[^\x00-\x1f\x7f-\x9f]*$";

/// Puts the patterns in the place of the names.
pub(super) fn with_patterns(value: &mut Value) {
    let pattern = match value["format"].as_str() {
        Some("line") => Some(LINE),
        Some("line or nothing") => Some(LINE_OR_NOTHING),
        Some("label") => Some(LABEL),
        Some("address") => Some(ADDRESS),
        _ => None,
    };
    if let (Some(pattern), Some(schema)) = (pattern, value.as_object_mut()) {
        schema.remove("format");
        schema.insert("pattern".to_owned(), json!(pattern));
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(with_patterns),
        Value::Object(fields) => fields.values_mut().for_each(with_patterns),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A text parameter of path or query whose schema says nothing else.
pub(super) fn bound(parameter: &mut Value) {
    let schema = &parameter["schema"];
    let is_text = schema["type"] == "string" || schema["type"] == json!(["string", "null"]);
    let is_plain = ["pattern", "enum", "format"].iter().all(|key| schema[*key].is_null());
    if is_text && is_plain && matches!(parameter["in"].as_str(), Some("path" | "query")) {
        parameter["schema"]["pattern"] = json!(PARAMETER);
    }
}

#[cfg(test)]
mod tests {
    use jsonschema::draft202012::is_valid;
    use serde_json::json;

    use super::*;

    fn check(format: &str, good: &[&str], bad: &[&str]) {
        let mut schema = json!({"type": "string", "format": format});
        with_patterns(&mut schema);
        for text in good {
            assert!(is_valid(&schema, &json!(text)), "{text:?} is a {format}");
        }
        for text in bad {
            assert!(!is_valid(&schema, &json!(text)), "{text:?} is no {format}");
        }
    }

    #[test]
    fn a_pattern_allows_what_the_domain_allows() {
        check("line", &["a", "Größe ✓", "a b"], &["", " a", "a ", "a\nb", "a\0", "\u{85}", "a\u{a0}"]);
        check("line or nothing", &["", "a", "a b"], &[" ", " a", "a\nb"]);
        check("label", &["a", "A-1_b.c:d/e"], &["", "a b", "ä"]);
        let bad = ["", "ada", "@example.com", "ada@", "ada@host", "a da@example.com", "ada@.com", "a@b@c.com"];
        check("address", &["ada@example.com", "a@b.c"], &bad);
    }
}
