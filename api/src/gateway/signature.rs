//! Signatures of nodes.

use ed25519_dalek::VerifyingKey;
use gpuaas_domain::Code;
use gpuaas_domain::fixed::{PublicKey, Signature};

use crate::http::Problem;

/// Succeeds if the signature over these bytes is the key's. Strictly: one text, one signature.
pub(super) fn check(key: PublicKey, bytes: &[u8], signature: Signature) -> Result<(), Problem> {
    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
    let checked = VerifyingKey::from_bytes(&key.0).and_then(|key| key.verify_strict(bytes, &signature));
    checked.map_err(|_| Problem::of(Code::NodeSignatureInvalid))
}
