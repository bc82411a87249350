//! The node's Ed25519 key: for TLS, for reports and for attestations.

use ed25519_dalek::Signer;
use ed25519_dalek::pkcs8::DecodePrivateKey;
use gpuaas_domain::fixed::{PublicKey, Signature};
use rcgen::{CertificateParams, DistinguishedName, KeyPair, PKCS_ED25519};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::IdentityError;
use crate::folder::Folder;

const FILE: &str = "key.pem";

/// The node's key.
pub(crate) struct NodeKey {
    pair: KeyPair,
    signing: ed25519_dalek::SigningKey,
}

impl NodeKey {
    /// The stored key, or a new one, stored before it is used.
    pub(crate) fn load_or_make(folder: &Folder) -> Result<Self, IdentityError> {
        match folder.read(FILE)? {
            Some(pem) => Self::read(&pem),
            None => {
                let pair = KeyPair::generate_for(&PKCS_ED25519).map_err(damaged)?;
                folder.write(FILE, &pair.serialize_pem())?;
                Self::read(&pair.serialize_pem())
            }
        }
    }

    fn read(pem: &str) -> Result<Self, IdentityError> {
        let pair = KeyPair::from_pem(pem).map_err(damaged)?;
        let signing = ed25519_dalek::SigningKey::from_pkcs8_der(&pair.serialize_der()).map_err(damaged)?;
        Ok(Self { pair, signing })
    }

    /// Its public half.
    pub(crate) fn public(&self) -> PublicKey {
        PublicKey(self.signing.verifying_key().to_bytes())
    }

    /// A signature over bytes.
    pub(crate) fn sign(&self, bytes: &[u8]) -> Signature {
        Signature(self.signing.sign(bytes).to_bytes())
    }

    /// A request for a certificate, PEM. It names nothing: the server knows who asks and takes the public key alone.
    pub(crate) fn certificate_request(&self) -> Result<String, IdentityError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        let request = params.serialize_request(&self.pair).and_then(|request| request.pem());
        request.map_err(|error| IdentityError::Damaged { what: "the key", reason: error.to_string() })
    }

    /// The key for TLS.
    pub(crate) fn for_tls(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.pair.serialize_der()))
    }
}

impl std::fmt::Debug for NodeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NodeKey({})", self.public())
    }
}

fn damaged(error: impl std::fmt::Display) -> IdentityError {
    IdentityError::Damaged { what: FILE, reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Verifier, VerifyingKey};

    use super::*;

    #[test]
    fn the_key_is_made_once_and_kept() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::take(place.path()).unwrap();
        let made = NodeKey::load_or_make(&folder).unwrap();
        let kept = NodeKey::load_or_make(&folder).unwrap();
        assert_eq!(made.public(), kept.public());
        let signature = ed25519_dalek::Signature::from_bytes(&made.sign(b"text").0);
        assert!(VerifyingKey::from_bytes(&kept.public().0).unwrap().verify(b"text", &signature).is_ok());
    }
}
