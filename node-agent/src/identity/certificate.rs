//! The certificate in force, and whom to trust.

use std::path::Path;
use std::time::Duration;

use gpuaas_domain::Timestamp;
use gpuaas_domain::id::NodeId;
use gpuaas_domain::node_protocol::enrollment::CertificateAnswer;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::{IdentityError, NodeKey};
use crate::folder::Folder;

const FILE: &str = "certificate.json";

/// Whether an agent's folder holds a certificate, so that it needs no token any more.
#[must_use]
pub fn is_enrolled(folder: &Path) -> bool {
    folder.join(FILE).is_file()
}

/// A certificate and its CA's, as the server gave them.
#[derive(Debug, Clone)]
pub(crate) struct Certificate(CertificateAnswer);

impl Certificate {
    /// The stored one; `None` before the node has enrolled.
    pub(crate) fn load(folder: &Folder) -> Result<Option<Self>, IdentityError> {
        let damaged = |error: serde_json::Error| IdentityError::Damaged { what: FILE, reason: error.to_string() };
        let text = folder.read(FILE)?;
        text.map(|text| serde_json::from_str(&text).map(Self).map_err(damaged)).transpose()
    }

    /// Stores an answer, if it certifies this key.
    pub(crate) fn store(folder: &Folder, key: &NodeKey, answer: CertificateAnswer) -> Result<Self, IdentityError> {
        if answer.public_key != key.public() {
            return Err(IdentityError::Answer("it certifies another key".into()));
        }
        let certificate = Self(answer);
        certificate.chain()?;
        certificate.authority()?;
        let text = serde_json::to_string_pretty(&certificate.0).expect("an answer is plain data");
        folder.write(FILE, &text)?;
        Ok(certificate)
    }

    pub(crate) fn node(&self) -> NodeId {
        self.0.node
    }

    /// The node's certificate and what the server sent with it.
    pub(crate) fn chain(&self) -> Result<Vec<CertificateDer<'static>>, IdentityError> {
        parse(&self.0.certificate, "the certificate")
    }

    /// Whom to trust.
    pub(crate) fn authority(&self) -> Result<Vec<CertificateDer<'static>>, IdentityError> {
        parse(&self.0.ca, "the CA's certificate")
    }

    /// Whether it counts no more.
    pub(crate) fn has_expired(&self, now: Timestamp) -> bool {
        now >= self.0.not_after
    }

    /// How long until half of its lifetime is over.
    pub(crate) fn until_half_life(&self, now: Timestamp) -> Duration {
        let half = self.0.not_before.0 + self.0.not_after.0.saturating_sub(self.0.not_before.0) / 2;
        Duration::from_micros(half.saturating_sub(now.0))
    }
}

fn parse(pem: &str, what: &'static str) -> Result<Vec<CertificateDer<'static>>, IdentityError> {
    let damaged = |reason: String| IdentityError::Damaged { what, reason };
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let certificates = read.map_err(|error| damaged(error.to_string()))?;
    if certificates.is_empty() { Err(damaged("no PEM in it".into())) } else { Ok(certificates) }
}
