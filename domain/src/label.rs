//! Labels: what machines call things. Letters, digits and a few marks, so that neither a
//! secret nor a person's name nor a sentence fits in by accident.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::text::TextError;

/// 1 to `MAX` ASCII letters, digits and any of `_-.:/`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Label<const MAX: usize>(String);

impl<const MAX: usize> Label<MAX> {
    /// The text, if it is a label.
    pub fn new(field: &'static str, text: impl Into<String>) -> Result<Self, TextError> {
        let text = text.into();
        let clean = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.:/".contains(&b));
        if clean && (1..=MAX).contains(&text.len()) {
            Ok(Self(text))
        } else {
            Err(TextError::Label { field, max: MAX })
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> Deref for Label<MAX> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Debug for Label<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<const MAX: usize> fmt::Display for Label<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Label<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new("a label", String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(feature = "schemas")]
impl<const MAX: usize> schemars::JsonSchema for Label<MAX> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Label{MAX}").into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^[A-Za-z0-9_.:/-]+$", "maxLength": MAX})
    }
    fn inline_schema() -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_has_no_room_for_sentences() {
        for good in ["a", "token_output", "req-789", "meta/llama-70b:v1.2"] {
            assert!(Label::<32>::new("unit", good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "ä", "a@b", "a\n", "a\0", &"a".repeat(33)] {
            assert!(Label::<32>::new("unit", bad).is_err(), "{bad:?}");
            assert!(serde_json::from_value::<Label<32>>(bad.into()).is_err(), "{bad:?}");
        }
    }
}
