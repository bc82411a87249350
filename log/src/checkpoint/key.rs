//! Keys that sign checkpoints.

use std::fmt;

use ed25519_dalek::{Signature, Signer as _, SigningKey};

use super::SignatureLine;
use super::vkey::{ED25519, KeyError, NamedKey};

/// The key of a log: a vkey of algorithm 0x01.
pub type VerifierKey = NamedKey<ED25519>;

impl VerifierKey {
    /// The line that a signature of this key stands in.
    #[must_use]
    pub fn line(&self, signature: &[u8; 64]) -> SignatureLine {
        SignatureLine::new(self.name(), self.id(), signature.to_vec())
    }

    /// Verifies by RFC 8032 without cofactor.
    #[must_use]
    pub fn verify(&self, text: &str, signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(text.as_bytes(), &signature).is_ok())
    }
}

/// A secret key with the name it signs under.
#[derive(Clone)]
pub struct Signer {
    secret: SigningKey,
    verifier: VerifierKey,
}

impl Signer {
    /// The key that this seed makes, under the origin's name.
    pub fn from_seed(origin: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let secret = SigningKey::from_bytes(seed);
        let verifier = VerifierKey::new(origin, secret.verifying_key().as_bytes())?;
        Ok(Self { secret, verifier })
    }

    /// A new key under the origin's name.
    pub fn generate(origin: &str) -> Result<Self, KeyError> {
        Self::from_seed(origin, &rand::random())
    }

    /// The seed, to be kept secret.
    #[must_use]
    pub fn seed(&self) -> [u8; 32] {
        self.secret.to_bytes()
    }

    /// The public half.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs a text.
    #[must_use]
    pub fn sign(&self, text: &str) -> [u8; 64] {
        self.secret.sign(text.as_bytes()).to_bytes()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.verifier)
    }
}
