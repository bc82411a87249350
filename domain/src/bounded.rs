//! Texts that machines send, bounded where they are read. What is over-long or holds a NUL
//! or another control character is not deserialized at all.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, de};

/// A text is longer than it may be, or holds a control character.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a text of at most {max} bytes without control characters is expected")]
pub struct BoundError {
    /// Most bytes.
    pub max: usize,
}

macro_rules! bounded {
    ($($(#[$meta:meta])* $name:ident allows $allowed:expr;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name<const MAX: usize>(String);

        impl<const MAX: usize> $name<MAX> {
            /// The text, if it is within the bounds.
            pub fn new(text: impl Into<String>) -> Result<Self, BoundError> {
                let text = text.into();
                let clean = text.chars().all(|character| !character.is_control() || $allowed.contains(&character));
                if clean && text.len() <= MAX { Ok(Self(text)) } else { Err(BoundError { max: MAX }) }
            }

            /// As much of the text as fits; control characters become U+FFFD.
            #[must_use]
            pub fn clipped(text: &str) -> Self {
                let clean = text.chars().map(|character| match character {
                    kept if !kept.is_control() || $allowed.contains(&kept) => kept,
                    _ => char::REPLACEMENT_CHARACTER,
                });
                let mut clipped = String::new();
                for character in clean {
                    if clipped.len() + character.len_utf8() > MAX {
                        break;
                    }
                    clipped.push(character);
                }
                Self(clipped)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<const MAX: usize> Deref for $name<MAX> {
            type Target = str;
            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl<const MAX: usize> fmt::Debug for $name<MAX> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl<const MAX: usize> fmt::Display for $name<MAX> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl<'de, const MAX: usize> Deserialize<'de> for $name<MAX> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(String::deserialize(deserializer)?).map_err(de::Error::custom)
            }
        }

        #[cfg(feature = "schemas")]
        impl<const MAX: usize> schemars::JsonSchema for $name<MAX> {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                format!("{}{MAX}", stringify!($name)).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"type": "string", "maxLength": MAX})
            }
            fn inline_schema() -> bool {
                true
            }
        }
    )+};
}

bounded! {
    /// One line of at most `MAX` bytes.
    Text allows ['\t'];
    /// Lines of at most `MAX` bytes together: PEM, JSON.
    Document allows ['\t', '\n', '\r'];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_over_long_text_is_not_read() {
        assert_eq!(serde_json::from_str::<Text<3>>("\"abc\"").unwrap().as_str(), "abc");
        for bad in ["\"abcd\"", "\"a\\u0000\"", "\"a\\nb\"", "\"ää\"", "7"] {
            assert!(serde_json::from_str::<Text<3>>(bad).is_err(), "{bad}");
        }
        assert_eq!(serde_json::from_str::<Document<3>>("\"a\\nb\"").unwrap().as_str(), "a\nb");
    }

    #[test]
    fn a_clipped_text_fits_and_is_clean() {
        assert_eq!(Text::<3>::clipped("aää").as_str(), "aä");
        assert_eq!(Text::<9>::clipped("a\0b").as_str(), "a\u{fffd}b");
    }
}
