//! Bytes of a fixed size: digests, keys, signatures. Lowercase hex in JSON, `bin` in the log.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A text is not the hex of the wanted number of bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {0} bytes in lowercase hex")]
pub struct HexError(usize);

macro_rules! fixed {
    ($($(#[$meta:meta])* $name:ident = $size:literal;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $size]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = HexError;
            fn from_str(text: &str) -> Result<Self, HexError> {
                let mut bytes = [0; $size];
                unhex(text, &mut bytes).then_some(Self(bytes)).ok_or(HexError($size))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    serializer.serialize_bytes(&self.0)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                    text.parse().map_err(de::Error::custom)
                } else {
                    let bytes = crate::sealed::bytes::deserialize(deserializer)?;
                    bytes.try_into().map(Self).map_err(|_| de::Error::custom(HexError($size)))
                }
            }
        }

        #[cfg(feature = "schemas")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                if !crate::id::is_shown(generator) {
                    return crate::id::bytes_schema($size);
                }
                schemars::json_schema!({"type": "string", "pattern": format!("^[0-9a-f]{{{}}}$", 2 * $size)})
            }
            fn inline_schema() -> bool {
                true
            }
        }
    )+};
}

fixed! {
    /// A BLAKE3 digest.
    Digest = 32;
    /// The digest of a secret under a key of the key store; what the log holds in its place.
    SecretDigest = 32;
    /// The SHA-256 digest of a certificate in DER, as `openssl x509 -fingerprint -sha256` shows it.
    Fingerprint = 32;
    /// An Ed25519 public key.
    PublicKey = 32;
    /// An Ed25519 signature (RFC 8032).
    Signature = 64;
    /// The serial number of a certificate; the first bit is zero, so that it is positive in DER.
    Serial = 16;
}

fn unhex(text: &str, into: &mut [u8]) -> bool {
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    text.len() == into.len() * 2
        && text.as_bytes().chunks_exact(2).zip(into).all(|(digits, byte)| {
            let value = nibble(digits[0]).zip(nibble(digits[1])).map(|(high, low)| high << 4 | low);
            *byte = value.unwrap_or_default();
            value.is_some()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_bytes_are_hex_in_json_and_bytes_in_the_log() {
        let serial = Serial([0xab; 16]);
        assert_eq!(serde_json::to_string(&serial).unwrap(), format!("\"{}\"", "ab".repeat(16)));
        assert_eq!(serde_json::from_str::<Serial>(&format!("\"{serial}\"")).unwrap(), serial);
        let bytes = rmp_serde::to_vec(&serial).unwrap();
        assert_eq!(bytes[..2], [0xc4, 16]);
        assert_eq!(rmp_serde::from_slice::<Serial>(&bytes).unwrap(), serial);
    }

    #[test]
    fn only_lowercase_hex_of_the_right_length_is_read() {
        for bad in ["", "ab", &"AB".repeat(16), &"zz".repeat(16), &"ab".repeat(17)] {
            assert!(bad.parse::<Serial>().is_err(), "{bad}");
        }
    }
}
