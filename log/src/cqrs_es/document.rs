//! JSON of an application as text that is the same whoever writes it (RFC 8785).

use cqrs_es::persist::PersistenceError;
use serde_json::Value;

use super::Refused;

/// Largest integer that RFC 8785 keeps.
const LARGEST: u64 = (1 << 53) - 1;

/// The text of a document. Fractions keep their value; `1.0` is written as `1`.
pub(super) fn write(document: &Value) -> Result<String, PersistenceError> {
    check(document)?;
    serde_jcs::to_string(document).map_err(PersistenceError::from)
}

/// The document of a text.
pub(super) fn read(text: &str) -> Result<Value, PersistenceError> {
    serde_json::from_str(text).map_err(PersistenceError::from)
}

fn check(document: &Value) -> Result<(), Refused> {
    match document {
        Value::Number(number) => {
            let size = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            let fits = size.is_none_or(|size| size <= LARGEST);
            if fits { Ok(()) } else { Err(Refused::Integer(number.to_string())) }
        }
        Value::Array(items) => items.iter().try_for_each(check),
        Value::Object(fields) => fields.values().try_for_each(check),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_comes_back_with_its_fractions() {
        let document =
            json!({"b": [0.1, 1e-7, 1e21, -2.5, null], "a": {"\u{20ac}": "\0", "": 9_007_199_254_740_991_u64}});
        let text = write(&document).unwrap();
        let expected = "{\"a\":{\"\":9007199254740991,\"\u{20ac}\":\"\\u0000\"},\"b\":[0.1,1e-7,1e+21,-2.5,null]}";
        assert_eq!(text, expected);
        assert_eq!(read(&text).unwrap(), document);
        assert_eq!(write(&read(&text).unwrap()).unwrap(), text);
    }

    #[test]
    fn an_integer_that_would_be_rounded_is_refused() {
        for integer in [json!(9_007_199_254_740_992_u64), json!(u64::MAX), json!(i64::MIN)] {
            let refused = write(&json!({"deep": [integer]})).unwrap_err();
            assert!(refused.to_string().contains("53 bits"), "{refused}");
        }
    }
}
