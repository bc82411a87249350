//! Personal fields, readable only with a key that is kept outside the log.

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A value encrypted under a person's key. Erasing the person destroys the key; the
/// bytes stay, and mean nothing.
///
/// Sealing and opening belong to whoever holds the keys, never to this crate.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed<T> {
    /// Whose key.
    pub person: Uuid,
    /// Nonce and ciphertext.
    #[serde(with = "bytes")]
    pub ciphertext: Vec<u8>,
    #[serde(skip)]
    of: PhantomData<fn() -> T>,
}

impl<T> Sealed<T> {
    /// Wraps what was encrypted under the key of `person`.
    #[must_use]
    pub fn new(person: Uuid, ciphertext: Vec<u8>) -> Self {
        Self { person, ciphertext, of: PhantomData }
    }
}

impl<T> Clone for Sealed<T> {
    fn clone(&self) -> Self {
        Self::new(self.person, self.ciphertext.clone())
    }
}

impl<T> PartialEq for Sealed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.person == other.person && self.ciphertext == other.ciphertext
    }
}

impl<T> std::fmt::Debug for Sealed<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealed({} bytes)", self.ciphertext.len())
    }
}

#[cfg(feature = "schemas")]
impl<T> schemars::JsonSchema for Sealed<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Sealed".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let shown = schemars::json_schema!({"type": "string", "format": "uuid"});
        let person = if crate::id::is_shown(generator) { shown } else { crate::id::bytes_schema(16) };
        schemars::json_schema!({
            "type": "object",
            "properties": {
                "person": person,
                "ciphertext": {"type": "string", "contentEncoding": "base64"}
            },
            "required": ["person", "ciphertext"],
            "additionalProperties": false
        })
    }
}

/// Bytes as `bin` in the log, base64 nowhere: read models keep the log's encoding.
pub(crate) mod bytes {
    use serde::{Deserializer, Serializer, de};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        struct Bytes;
        impl<'de> de::Visitor<'de> for Bytes {
            type Value = Vec<u8>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("bytes")
            }
            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
                Ok(bytes.to_vec())
            }
            fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
                Ok(bytes)
            }
        }
        deserializer.deserialize_byte_buf(Bytes)
    }
}
