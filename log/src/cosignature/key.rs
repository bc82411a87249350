//! Keys of witnesses.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

use super::{LAST_TIME, message};
use crate::checkpoint::vkey::{self, KeyError};
use crate::checkpoint::{Checkpoint, SignatureLine};

/// C2SP `signed-note`: timestamped Ed25519 cosignatures.
const COSIGNATURE: u8 = 0x04;

/// A witness's public key with its name; printed as a C2SP *vkey* of algorithm 0x04.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct WitnessKey {
    name: String,
    id: [u8; 4],
    key: VerifyingKey,
}

impl WitnessKey {
    /// Names a public key. Refuses small-order keys and non-canonical encodings.
    pub fn new(name: &str, public: &[u8; 32]) -> Result<Self, KeyError> {
        let key = vkey::point(name, public)?;
        Ok(Self { name: name.to_owned(), id: vkey::key_id(name, COSIGNATURE, public), key })
    }

    /// The name of the witness.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// The start of SHA-256 over `name ‖ 0a ‖ 04 ‖ public key`.
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    /// Whether a line says that it is of this key.
    #[must_use]
    pub fn owns(&self, line: &SignatureLine) -> bool {
        line.name() == self.name && line.key_id() == self.id
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

impl FromStr for WitnessKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let wrong = "the algorithm is not that of a witness's key, Ed25519 cosignatures (04)";
        let (name, public) = vkey::read(text, COSIGNATURE, wrong)?;
        Self::new(name, &public)
    }
}

impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        vkey::write(f, &self.name, COSIGNATURE, self.public())
    }
}

impl fmt::Debug for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WitnessKey({self})")
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
