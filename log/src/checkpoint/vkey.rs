//! How a key is written: C2SP `signed-note`'s *vkey*,
//! `name+key id in hex+base64(algorithm ‖ public key)`.

use std::fmt;

use ed25519_dalek::VerifyingKey;
use sha2::{Digest, Sha256};

use super::{from_base64, is_origin, to_base64};

/// Why a text is not a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a verifier key: {0}")]
pub struct KeyError(pub &'static str);

/// The start of SHA-256 over `name ‖ 0a ‖ algorithm ‖ public key`.
pub(crate) fn key_id(name: &str, algorithm: u8, public: &[u8; 32]) -> [u8; 4] {
    let digest = Sha256::new_with_prefix(name).chain_update([b'\n', algorithm]).chain_update(public).finalize();
    [digest[0], digest[1], digest[2], digest[3]]
}

/// Name and public key of a text. `wrong` says that the algorithm is another one.
pub(crate) fn read<'t>(text: &'t str, algorithm: u8, wrong: &'static str) -> Result<(&'t str, [u8; 32]), KeyError> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(KeyError("it has three parts, with + between"));
    };
    let bytes = from_base64(key).ok_or(KeyError("the key is not base64"))?;
    let Some((first, public)) = bytes.split_first() else { return Err(KeyError(wrong)) };
    if *first != algorithm {
        return Err(KeyError(wrong));
    }
    let public = public.try_into().map_err(|_| KeyError("a public key has 32 bytes"))?;
    if hex::encode(key_id(name, algorithm, &public)) != id {
        return Err(KeyError("the key id is of another name or key"));
    }
    Ok((name, public))
}

/// Writes a key.
pub(crate) fn write(f: &mut fmt::Formatter<'_>, name: &str, algorithm: u8, public: &[u8; 32]) -> fmt::Result {
    let bytes = [&[algorithm], &public[..]].concat();
    write!(f, "{name}+{}+{}", hex::encode(key_id(name, algorithm, public)), to_base64(&bytes))
}

/// The point of a named key. Refuses names that no note could carry, small-order points
/// and non-canonical encodings.
pub(crate) fn point(name: &str, public: &[u8; 32]) -> Result<VerifyingKey, KeyError> {
    if !is_origin(name) {
        return Err(KeyError("a name has no white space and no +, and is not empty"));
    }
    if !is_canonical(public) {
        return Err(KeyError("the point is not in its canonical encoding"));
    }
    let key = VerifyingKey::from_bytes(public).map_err(|_| KeyError("not a point of the curve"))?;
    if key.is_weak() { Err(KeyError("the point is of small order")) } else { Ok(key) }
}

/// Whether the y coordinate is below 2²⁵⁵−19. A decoder of points reduces larger ones
/// silently, so that one key would have two encodings.
fn is_canonical(point: &[u8; 32]) -> bool {
    let all_ones = point[31] & 0x7f == 0x7f && point[1..31].iter().all(|byte| *byte == 0xff);
    !all_ones || point[0] < 0xed
}
