//! Payloads and the values that they carry: MessagePack maps with field names.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A payload's bytes. Named fields always: positional encoding would let two fields
/// that are swapped in the source swap their values silently.
///
/// Serializing a struct of supported types cannot fail; an error is a defect in the
/// type (a float, a map with other keys than text) and is found by its golden bytes.
pub fn encode(fields: &impl Serialize) -> Result<Vec<u8>, rmp_serde::encode::Error> {
    rmp_serde::to_vec_named(fields)
}

/// Reads a value from a payload.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, rmp_serde::decode::Error> {
    rmp_serde::from_slice(bytes)
}

/// A deserializer over a payload, for callers that choose the type by the event.
#[must_use]
pub fn deserializer(bytes: &[u8]) -> rmp_serde::Deserializer<rmp_serde::decode::ReadRefReader<'_, [u8]>> {
    rmp_serde::Deserializer::from_read_ref(bytes)
}
