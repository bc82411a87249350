//! Public keys with a name, and how they are written: C2SP `signed-note`'s *vkey*,
//! `name+key id in hex+base64(algorithm ‖ public key)`.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::VerifyingKey;
use sha2::{Digest, Sha256};

use super::{from_base64, is_origin, to_base64};

/// C2SP `signed-note`: Ed25519, by which a log signs.
pub const ED25519: u8 = 0x01;
/// C2SP `signed-note`: timestamped Ed25519 cosignatures, by which witnesses sign.
pub const COSIGNATURE: u8 = 0x04;

/// Why a text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a verifier key: {0}")]
pub struct KeyError(pub &'static str);

/// A public key with the name it signs under; printed as a vkey of its algorithm.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct NamedKey<const ALGORITHM: u8> {
    name: String,
    id: [u8; 4],
    pub(crate) key: VerifyingKey,
}

impl<const ALGORITHM: u8> NamedKey<ALGORITHM> {
    /// Names a public key. Refuses names that no note could carry, small-order points and
    /// non-canonical encodings.
    pub fn new(name: &str, public: &[u8; 32]) -> Result<Self, KeyError> {
        if !is_origin(name) {
            return Err(KeyError("a name has no white space and no +, and is not empty"));
        }
        if !is_canonical(public) {
            return Err(KeyError("the point is not in its canonical encoding"));
        }
        let key = VerifyingKey::from_bytes(public).map_err(|_| KeyError("not a point of the curve"))?;
        if key.is_weak() {
            return Err(KeyError("the point is of small order"));
        }
        Ok(Self { name: name.to_owned(), id: key_id(name, ALGORITHM, public), key })
    }

    /// The name it signs under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// The start of SHA-256 over `name ‖ 0a ‖ algorithm ‖ public key`.
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        self.id
    }
}

impl<const ALGORITHM: u8> FromStr for NamedKey<ALGORITHM> {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError("it has three parts, with + between"));
        };
        let bytes = from_base64(key).ok_or(KeyError("the key is not base64"))?;
        let public = bytes.strip_prefix(&[ALGORITHM]).ok_or(KeyError(wrong_algorithm(ALGORITHM)))?;
        let public = public.try_into().map_err(|_| KeyError("a public key has 32 bytes"))?;
        if hex::encode(key_id(name, ALGORITHM, &public)) != id {
            return Err(KeyError("the key id is of another name or key"));
        }
        Self::new(name, &public)
    }
}

impl<const ALGORITHM: u8> fmt::Display for NamedKey<ALGORITHM> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&[ALGORITHM], &self.public()[..]].concat();
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id), to_base64(&bytes))
    }
}

impl<const ALGORITHM: u8> fmt::Debug for NamedKey<ALGORITHM> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NamedKey({self})")
    }
}

/// That a key is of another algorithm than this one.
fn wrong_algorithm(expected: u8) -> &'static str {
    match expected {
        COSIGNATURE => "the algorithm is not that of a witness's key, Ed25519 cosignatures (04)",
        _ => "the algorithm is not that of a log's key, Ed25519 (01)",
    }
}

fn key_id(name: &str, algorithm: u8, public: &[u8; 32]) -> [u8; 4] {
    let digest = Sha256::new_with_prefix(name).chain_update([b'\n', algorithm]).chain_update(public).finalize();
    [digest[0], digest[1], digest[2], digest[3]]
}

/// Whether the y coordinate is below 2²⁵⁵−19. A decoder of points reduces larger ones
/// silently, so that one key would have two encodings.
fn is_canonical(point: &[u8; 32]) -> bool {
    let all_ones = point[31] & 0x7f == 0x7f && point[1..31].iter().all(|byte| *byte == 0xff);
    !all_ones || point[0] < 0xed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::{Signer, VerifierKey};

    #[test]
    fn a_key_reads_what_it_prints() {
        let signer = Signer::generate("example.org/log").expect("the name is good");
        let printed = signer.verifier().to_string();
        assert_eq!(printed.parse().as_ref(), Ok(signer.verifier()));
    }

    #[test]
    fn a_key_that_could_be_written_in_two_ways_is_refused() {
        let mut same_as_three = [0xff; 32];
        (same_as_three[0], same_as_three[31]) = (0xf0, 0x7f);
        assert!(VerifyingKey::from_bytes(&same_as_three).is_ok(), "the library alone accepts it");
        assert!(VerifierKey::new("a", &same_as_three).is_err());
        let mut identity = [0; 32];
        identity[0] = 1;
        assert!(VerifierKey::new("a", &identity).is_err(), "small order");
    }

    #[test]
    fn a_key_is_refused_under_another_id_algorithm_or_alphabet() {
        let good = Signer::from_seed("a", &[7; 32]).expect("the name is good").verifier().to_string();
        let (rest, key) = good.rsplit_once('+').expect("it has parts");
        let other_algorithm = to_base64(&[&[4], &from_base64(key).expect("base64")[1..]].concat());
        for bad in [
            format!("b{}", &good[1..]),
            format!("{rest}+{other_algorithm}"),
            format!("{rest}+{key}="),
            format!("{good} "),
            String::new(),
        ] {
            assert!(bad.parse::<VerifierKey>().is_err(), "{bad}");
        }
    }
}
