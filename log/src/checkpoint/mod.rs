//! Signed statements of a log's size and root: C2SP `tlog-checkpoint` without extension
//! lines, as a C2SP `signed-note` with Ed25519 (format, section 4).
//!
//! Which keys are in force at which size is not known here: the verifier follows that
//! through the entries.

mod key;
mod note;
mod signing;
mod text;
mod trust;
mod vkey;

pub use key::{Signer, VerifierKey};
pub use note::{ForgedSignature, KnownKeys, MAX_SIGNATURES, NoteError, SignatureLine, SignedCheckpoint};
pub use signing::{KeyRing, SigningError, Signs, signature_of};
pub(crate) use text::decimal;
pub use text::{Checkpoint, is_origin};
pub use trust::Distrust;
pub use vkey::{COSIGNATURE, ED25519, KeyError, NamedKey};

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Padding required, and the spare bits of the last character zero.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

pub(crate) fn to_base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok()
}
