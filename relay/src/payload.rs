//! An event's fields as JSON: ids as TypeIDs, bytes as base64.

use std::io;

use data_encoding::BASE64;
use gpuaas_domain::AnyEvent;
use serde_json::ser::Formatter;
use serde_json::{Serializer, Value};

/// The fields of an event. Sealed fields stay sealed.
pub fn to_json(event: &AnyEvent) -> serde_json::Result<Value> {
    let mut text = Vec::new();
    event.serialize_fields(&mut Serializer::with_formatter(&mut text, Base64Bytes))?;
    serde_json::from_slice(&text)
}

/// Compact JSON in which bytes are one text, as the payloads' own JSON Schemas have them.
struct Base64Bytes;

impl Formatter for Base64Bytes {
    fn write_byte_array<W: ?Sized + io::Write>(&mut self, writer: &mut W, bytes: &[u8]) -> io::Result<()> {
        write!(writer, "\"{}\"", BASE64.encode(bytes))
    }
}

#[cfg(test)]
mod tests {
    use gpuaas_domain::Sealed;
    use gpuaas_domain::user::ProfileChanged;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn sealed_fields_stay_sealed_and_are_base64() {
        let person = Uuid::from_u128(7);
        let sealed = |byte| Sealed::new(person, vec![byte; 4]);
        let event = AnyEvent::User(ProfileChanged { display_name: sealed(1), email: sealed(2) }.into());
        let expected = |text| json!({"person": person.to_string(), "ciphertext": text});
        let fields = json!({"display_name": expected("AQEBAQ=="), "email": expected("AgICAg==")});
        assert_eq!(to_json(&event).unwrap(), fields);
    }
}
