//! Who a connection is, by its certificate. TLS has checked the chain and the key.

use gpuaas_domain::fixed::{PublicKey, Serial};
use gpuaas_domain::id::NodeId;
use x509_parser::oid_registry::OID_SIG_ED25519;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// What a node's certificate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Which node.
    pub node: NodeId,
    /// Its key.
    pub public_key: PublicKey,
    /// The certificate's serial number.
    pub certificate: Serial,
}

impl Peer {
    /// What a certificate says; `None` if it is not a node's.
    #[must_use]
    pub fn of(der: &[u8]) -> Option<Self> {
        let (rest, certificate) = X509Certificate::from_der(der).ok()?;
        if !rest.is_empty() || certificate.is_ca() {
            return None;
        }
        let name = certificate.subject().iter_common_name().next()?.as_str().ok()?;
        let key = certificate.public_key();
        if key.algorithm.algorithm != OID_SIG_ED25519 {
            return None;
        }
        Some(Self {
            node: name.parse().ok()?,
            public_key: PublicKey(key.subject_public_key.data.as_ref().try_into().ok()?),
            certificate: Serial(certificate.raw_serial().try_into().ok()?),
        })
    }
}
