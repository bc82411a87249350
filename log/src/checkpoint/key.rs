//! Keys that sign checkpoints, and how they are written for those who check them.

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

use super::SignatureLine;
use super::vkey::{self, KeyError};

/// C2SP `signed-note`: Ed25519.
const ED25519: u8 = 0x01;

/// A public key with the name it signs under; printed as a C2SP *vkey*:
/// `name+key id in hex+base64(01 ‖ public key)`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    key: VerifyingKey,
}

impl VerifierKey {
    /// Names a public key. Refuses small-order keys and non-canonical encodings.
    pub fn new(name: &str, public: &[u8; 32]) -> Result<Self, KeyError> {
        let key = vkey::point(name, public)?;
        Ok(Self { name: name.to_owned(), id: vkey::key_id(name, ED25519, public), key })
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

    /// The start of SHA-256 over `name ‖ 0a ‖ 01 ‖ public key`.
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    /// The line that a signature of this key stands in.
    #[must_use]
    pub fn line(&self, signature: &[u8; 64]) -> SignatureLine {
        SignatureLine::new(&self.name, self.id, signature.to_vec())
    }

    /// Verifies by RFC 8032 without cofactor.
    #[must_use]
    pub fn verify(&self, text: &str, signature: &[u8]) -> bool {
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(text.as_bytes(), &signature).is_ok())
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (name, public) = vkey::read(text, ED25519, "the algorithm is not that of a log's key, Ed25519 (01)")?;
        Self::new(name, &public)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        vkey::write(f, &self.name, ED25519, self.public())
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
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

#[cfg(test)]
mod tests {
    use super::super::{from_base64, to_base64};
    use super::*;

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
