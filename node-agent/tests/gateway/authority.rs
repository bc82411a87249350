//! The platform's CA.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use gpuaas_domain::Timestamp;
use gpuaas_domain::fixed::{Fingerprint, PublicKey, Serial};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, PublicKeyData, SerialNumber,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::rand_bytes;

pub(crate) struct Authority {
    pub(crate) ca_pem: String,
    pub(crate) ca_der: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate for a node's key.
pub(crate) struct Issued {
    pub(crate) pem: String,
    pub(crate) public_key: PublicKey,
    pub(crate) serial: Serial,
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = params.self_signed(&key).unwrap();
        Self { ca_pem: ca.pem(), ca_der: ca.der().clone(), issuer: Issuer::new(params, key) }
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint(Sha256::digest(&self.ca_der).into())
    }

    /// The server's own chain and key.
    pub(crate) fn server(&self) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["127.0.0.1".into()]).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let chain = vec![certificate.der().clone(), self.ca_der.clone()];
        (chain, PrivatePkcs8KeyDer::from(key.serialize_der()).into())
    }

    /// Of the request, only the key is used.
    pub(crate) fn issue(&self, csr: &str, lifetime: Duration) -> Option<Issued> {
        let request = CertificateSigningRequestParams::from_pem(csr).ok()?;
        let public_key = PublicKey(request.public_key.der_bytes().try_into().ok()?);
        let mut serial: [u8; 16] = rand_bytes();
        serial[0] = serial[0] & 0x7f | 0x40;
        // Certificates have whole seconds.
        let not_before = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let not_after = not_before + lifetime.as_secs();
        let mut params = CertificateParams::default();
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        params.not_before = OffsetDateTime::from_unix_timestamp(not_before as i64).unwrap();
        params.not_after = OffsetDateTime::from_unix_timestamp(not_after as i64).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let pem = params.signed_by(&request.public_key, &self.issuer).unwrap().pem();
        let (not_before, not_after) = (Timestamp(not_before * 1_000_000), Timestamp(not_after * 1_000_000));
        Some(Issued { pem, public_key, serial: Serial(serial), not_before, not_after })
    }
}
