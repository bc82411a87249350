//! Strict JSON: a key twice, a NUL or a document that is nested too deep is refused.
//!
//! Two readers of the same bytes must not see two documents, and what is hashed for
//! idempotency must be what is acted on: so a body is read once, into one value.

use std::fmt;

use gpuaas_domain::Code;
use gpuaas_domain::id::ALL_ZERO;
use serde::de::{self, DeserializeOwned, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::objects::Objects;
use super::problem::Problem;

/// Up to here every integer is a double (RFC 7493, section 2.2).
const MAX_INTEGER: f64 = 9_007_199_254_740_991.0;
/// What the document as a whole is called where a field would be named.
const BODY: &str = "body";

/// For a field that may be left out but is not null where it stands.
pub fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads a document.
pub fn parse(bytes: &[u8]) -> Result<Value, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let read = Strict::deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value.0));
    read.map_err(|error| Problem::new(Code::MalformedJson, format!("the body is not acceptable JSON: {error}")))
}

/// Reads a value of a type from a document, and says of what is wrong where it is.
pub fn typed<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(Objects(value)).map_err(|error| {
        let path = error.path().to_string();
        let reason = error.into_inner().to_string();
        if reason.ends_with(ALL_ZERO) {
            return Problem::at(Code::NotFound, field_of(&path), "nothing has this id; check it");
        }
        let (field, message) = explain(&path, &reason);
        let problem = Problem::at(Code::InvalidField, field.as_str(), message);
        if field == BODY { problem.unreadable() } else { problem }
    })
}

/// The field that serde complains of, and the complaint without names of our types.
fn explain(path: &str, reason: &str) -> (String, String) {
    let inside = |name: &str| if path == "." { name.to_owned() } else { format!("{path}.{name}") };
    if let Some(name) = quoted(reason, "missing field `") {
        return (inside(name), "this field is required".to_owned());
    }
    if let Some(name) = quoted(reason, "unknown field `") {
        let known = reason.split_once("expected ").map_or("none", |(_, known)| known);
        let field = if path == "." || path == name || path.ends_with(&format!(".{name}")) { name } else { path };
        return (field.to_owned(), format!("there is no such field here; expected {known}"));
    }
    if reason.contains(", expected unit struct ") {
        return (field_of(path), "this takes no body; leave it out".to_owned());
    }
    let reason = match reason.split_once(", expected struct ") {
        Some((found, _)) => format!("{found}, expected an object"),
        None => reason.to_owned(),
    };
    (field_of(path), reason)
}

fn field_of(path: &str) -> String {
    if path == "." { BODY.to_owned() } else { path.to_owned() }
}

fn quoted<'r>(reason: &'r str, start: &str) -> Option<&'r str> {
    reason.strip_prefix(start)?.split('`').next()
}

/// A value whose objects have no key twice.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    /// `7.0` is the integer 7, in JSON Schema and in RFC 8785.
    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        let is_integer = value.fract() == 0.0 && value.abs() <= MAX_INTEGER;
        Ok(if is_integer { Value::from(value as i64) } else { value.into() })
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        without_nul(text)?;
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            without_nul(&key)?;
            if object.contains_key(&key) {
                return Err(de::Error::custom(format_args!("the key {key:?} stands twice in an object")));
            }
            let Strict(value) = entries.next_value()?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

fn without_nul<E: de::Error>(text: &str) -> Result<(), E> {
    if text.contains('\0') { Err(E::custom("a text with a NUL character")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        name: String,
        inner: Option<Inner>,
        choice: Option<Choice>,
        #[serde(default)]
        list: Vec<Inner>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Choice {
        This(Inner),
        That,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        count: u8,
    }

    fn check(text: &str, code: Code, field: Option<&str>) {
        let problem = parse(text.as_bytes()).and_then(typed::<Outer>).unwrap_err();
        assert_eq!(problem.code, code, "{text}: {problem}");
        assert_eq!(problem.fields.first().map(|f| f.field.as_str()), field, "{text}: {problem}");
        assert!(!problem.message.contains("struct"), "{problem}");
    }

    #[test]
    fn what_is_right_is_read_at_any_depth() {
        let text = r#"{"name":"a","inner":{"count":1},"choice":{"this":{"count":2}},"list":[{"count":3}]}"#;
        let count = |count| Inner { count };
        let read: Outer = typed(parse(text.as_bytes()).unwrap()).unwrap();
        let choice = Some(Choice::This(count(2)));
        assert_eq!(read, Outer { name: "a".into(), inner: Some(count(1)), choice, list: vec![count(3)] });
        assert_eq!(parse(b"[7.0, -0.0, 7.5]").unwrap(), serde_json::json!([7, 0, 7.5]));
        let read: Outer = typed(parse(br#"{"name":"a","inner":null,"choice":"that"}"#).unwrap()).unwrap();
        assert_eq!(read, Outer { name: "a".into(), inner: None, choice: Some(Choice::That), list: Vec::new() });
    }

    #[test]
    fn what_is_not_strict_json_is_malformed() {
        for text in
            ["", "{", "{} {}", "{\"name\":\"a\",\"name\":\"b\"}", "{\"name\":\"a\\u0000\"}", "nul", "\u{feff}{}"]
        {
            check(text, Code::MalformedJson, None);
        }
        check(&format!("{}{}", "[".repeat(200), "]".repeat(200)), Code::MalformedJson, None);
    }

    #[test]
    fn a_wrong_field_is_named() {
        check("{}", Code::InvalidField, Some("name"));
        check("{\"name\":5}", Code::InvalidField, Some("name"));
        check("{\"name\":\"a\",\"x\":1}", Code::InvalidField, Some("x"));
        check("{\"name\":\"a\",\"inner\":{}}", Code::InvalidField, Some("inner.count"));
        check("{\"name\":\"a\",\"inner\":{\"count\":300}}", Code::InvalidField, Some("inner.count"));
        check("{\"name\":\"a\",\"inner\":[3]}", Code::InvalidField, Some("inner"));
        check("{\"name\":\"a\",\"choice\":{\"this\":[3]}}", Code::InvalidField, Some("choice.this"));
        check("{\"name\":\"a\",\"list\":[{\"count\":1},[3]]}", Code::InvalidField, Some("list[1]"));
        check("[\"a\", null]", Code::InvalidField, Some("body"));
        check("5", Code::InvalidField, Some("body"));
    }
}
