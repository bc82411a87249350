//! The CA: its key and certificate in the key store, and what it signs.

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey as _;
use gpuaas_commands::handlers::node::NewCertificate;
use gpuaas_domain::Timestamp;
use gpuaas_domain::fixed::{Fingerprint, PublicKey};
use gpuaas_domain::id::NodeId;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ED25519, PublicKeyData, SerialNumber, SignatureAlgorithm,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::SECOND;
use crate::keystore::{KeyStore, KeyStoreError};

/// How long the CA's certificate lasts: longer than its key should.
const CA_YEARS: i32 = 20;
/// How far another server's clock may be behind, in seconds, for a new certificate to count there.
const CLOCKS_APART: u64 = 60;

/// Why there is no CA.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The key store cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyStoreError),
    /// The certificate in the key store is not one.
    #[error("the CA's certificate in the key store cannot be read: {0}")]
    Damaged(String),
    /// A certificate could not be made.
    #[error("certificate: {0}")]
    Certificate(#[from] rcgen::Error),
}

/// The CA.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    pem: String,
}

/// The gateway's own certificate, with the CA's behind it.
pub struct ServerCertificate {
    /// The gateway's, then the CA's.
    pub chain: Vec<CertificateDer<'static>>,
    /// Its key, made for it.
    pub key: PrivateKeyDer<'static>,
}

impl Authority {
    /// With the key store's key. The certificate is made, and durable, before anything is
    /// signed for it.
    pub fn open(keys: &KeyStore, now: Timestamp) -> Result<Self, AuthorityError> {
        let key = key_pair(keys.node_ca_seed())?;
        let made = root(now).self_signed(&key)?.pem();
        let pem = keys.node_ca_certificate(|| made)?;
        let damaged = |error: rustls::pki_types::pem::Error| AuthorityError::Damaged(error.to_string());
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(damaged)?;
        Ok(Self { issuer: Issuer::from_ca_cert_der(&certificate, key)?, certificate, pem })
    }

    /// Its certificate, PEM.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Its certificate, DER.
    #[must_use]
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// What enrollment tokens know it by.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint(Sha256::digest(&self.certificate).into())
    }

    /// A node's certificate, PEM.
    pub fn certify_node(&self, node: NodeId, key: PublicKey, new: NewCertificate) -> Result<String, AuthorityError> {
        let mut params = leaf(&node.to_string(), ExtendedKeyUsagePurpose::ClientAuth, new);
        params.serial_number = Some(SerialNumber::from_slice(&new.serial.0));
        Ok(params.signed_by(&NodeKey(key), &self.issuer)?.pem())
    }

    /// A certificate for a gateway that is reached by these names and addresses.
    pub fn certify_server(&self, names: &[String], new: NewCertificate) -> Result<ServerCertificate, AuthorityError> {
        let key = KeyPair::generate_for(&PKCS_ED25519)?;
        let alternatives = CertificateParams::new(names.to_vec())?.subject_alt_names;
        let mut params = leaf("gpuaas node gateway", ExtendedKeyUsagePurpose::ServerAuth, new);
        params.subject_alt_names = alternatives;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let chain = vec![certificate.der().clone(), self.certificate.clone()];
        Ok(ServerCertificate { chain, key: PrivatePkcs8KeyDer::from(key.serialize_der()).into() })
    }
}

/// A node's key, for the certificate alone.
struct NodeKey(PublicKey);

impl PublicKeyData for NodeKey {
    fn der_bytes(&self) -> &[u8] {
        &self.0.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ED25519
    }
}

fn key_pair(seed: &[u8; 32]) -> Result<KeyPair, rcgen::Error> {
    let der = SigningKey::from_bytes(seed).to_pkcs8_der().expect("every seed is a key");
    KeyPair::from_pkcs8_der_and_sign_algo(&PrivatePkcs8KeyDer::from(der.as_bytes()), &PKCS_ED25519)
}

fn root(now: Timestamp) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named("gpuaas node CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let begins = moment(now.0 / SECOND - CLOCKS_APART);
    params.not_before = begins;
    params.not_after = begins + time::Duration::days(i64::from(CA_YEARS) * 365);
    params
}

fn leaf(subject: &str, purpose: ExtendedKeyUsagePurpose, new: NewCertificate) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(subject);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![purpose];
    params.use_authority_key_identifier_extension = true;
    params.not_before = moment(new.not_before.0 / SECOND - CLOCKS_APART);
    params.not_after = moment(new.not_after.0 / SECOND);
    params
}

fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

fn moment(seconds: u64) -> OffsetDateTime {
    let seconds = i64::try_from(seconds).ok().and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    seconds.expect("the log's times end long before the calendar's")
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Authority({})", self.fingerprint())
    }
}

#[cfg(test)]
mod tests {
    use gpuaas_domain::id::TypedId as _;
    use uuid::Uuid;
    use x509_parser::prelude::{FromDer as _, X509Certificate};

    use super::*;
    use crate::certificates::{Peer, next};
    use crate::keystore::now;

    fn authority() -> (tempfile::TempDir, Authority) {
        let directory = tempfile::tempdir().unwrap();
        let keys = KeyStore::open(&directory.path().join("keys")).unwrap();
        let authority = Authority::open(&keys, now()).unwrap();
        (directory, authority)
    }

    #[test]
    fn the_ca_stays_the_same() {
        let (directory, authority) = authority();
        let keys = KeyStore::open(&directory.path().join("keys")).unwrap();
        let again = Authority::open(&keys, now().plus_seconds(3600)).unwrap();
        assert_eq!((again.pem(), again.fingerprint()), (authority.pem(), authority.fingerprint()));
    }

    #[test]
    fn a_nodes_certificate_says_which_node_and_which_event() {
        let (_directory, authority) = authority();
        let node = NodeId::from_uuid(Uuid::from_u128(7));
        let key = PublicKey(SigningKey::from_bytes(&[3; 32]).verifying_key().to_bytes());
        let new = next(now(), 60);
        let pem = authority.certify_node(node, key, new).unwrap();
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
        assert_eq!(Peer::of(&der), Some(Peer { node, public_key: key, certificate: new.serial }));
        let (_, certificate) = X509Certificate::from_der(&der).unwrap();
        assert!(!certificate.is_ca());
        let (_, ca) = X509Certificate::from_der(authority.certificate()).unwrap();
        assert!(ca.is_ca() && certificate.verify_signature(Some(ca.public_key())).is_ok());
        assert_eq!(certificate.validity().not_after.timestamp() as u64, new.not_after.0 / SECOND);
    }

    #[test]
    fn another_cas_certificate_names_the_same_node_and_is_not_ours() {
        let ((_one, ours), (_other, theirs)) = (authority(), authority());
        let key = PublicKey(SigningKey::from_bytes(&[3; 32]).verifying_key().to_bytes());
        let pem = theirs.certify_node(NodeId::from_uuid(Uuid::from_u128(7)), key, next(now(), 60)).unwrap();
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
        let (_, certificate) = X509Certificate::from_der(&der).unwrap();
        let (_, ca) = X509Certificate::from_der(ours.certificate()).unwrap();
        assert!(certificate.verify_signature(Some(ca.public_key())).is_err());
    }
}
