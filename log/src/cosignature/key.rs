//! Keys of witnesses.

use std::fmt;

use ed25519_dalek::{Signature, Signer as _, SigningKey};

use super::{LAST_TIME, message};
use crate::checkpoint::{COSIGNATURE, Checkpoint, KeyError, NamedKey, SignatureLine};

/// The key of a witness: a vkey of algorithm 0x04.
pub type WitnessKey = NamedKey<COSIGNATURE>;

impl WitnessKey {
    /// Whether a line says that it is of this key.
    #[must_use]
    pub fn owns(&self, line: &SignatureLine) -> bool {
        line.name() == self.name() && line.key_id() == self.id()
    }

    /// When this key cosigned the checkpoint, in seconds since the Unix epoch. `None`: the
    /// line is no cosignature of this key on it.
    #[must_use]
    pub fn time_of(&self, checkpoint: &Checkpoint, line: &SignatureLine) -> Option<u64> {
        if !self.owns(line) {
            return None;
        }
        let (time, signature) = line.signature().split_first_chunk()?;
        let time = u64::from_be_bytes(*time);
        let signature = Signature::from_slice(signature).ok()?;
        let verified = self.key.verify_strict(message(time, checkpoint).as_bytes(), &signature);
        (time <= LAST_TIME && verified.is_ok()).then_some(time)
    }
}

/// A witness's secret key with its name.
#[derive(Clone)]
pub struct Cosigner {
    secret: SigningKey,
    key: WitnessKey,
}

impl Cosigner {
    /// The key that this seed makes, under the witness's name.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let secret = SigningKey::from_bytes(seed);
        let key = WitnessKey::new(name, secret.verifying_key().as_bytes())?;
        Ok(Self { secret, key })
    }

    /// A new key under the witness's name.
    pub fn generate(name: &str) -> Result<Self, KeyError> {
        Self::from_seed(name, &rand::random())
    }

    /// The seed, to be kept secret.
    #[must_use]
    pub fn seed(&self) -> [u8; 32] {
        self.secret.to_bytes()
    }

    /// The public half.
    #[must_use]
    pub fn key(&self) -> &WitnessKey {
        &self.key
    }

    /// Says of a checkpoint that it is the largest seen, as of a time in seconds since the
    /// Unix epoch. Whether it is, is for the caller to know.
    #[must_use]
    pub fn cosign(&self, checkpoint: &Checkpoint, time: u64) -> SignatureLine {
        let signature = self.secret.sign(message(time, checkpoint).as_bytes()).to_bytes();
        SignatureLine::new(self.key.name(), self.key.id(), [&time.to_be_bytes()[..], &signature].concat())
    }
}

impl fmt::Debug for Cosigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cosigner({})", self.key)
    }
}
