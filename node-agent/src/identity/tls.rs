//! The three ways in which the agent trusts a server and shows itself.

use std::sync::Arc;

use gpuaas_domain::fixed::Fingerprint;
use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier, client::WantsClientCert};

use super::pinned::Pinned;
use super::{Certificate, IdentityError, NodeKey};

/// With the node's certificate, to the CA's servers.
pub(crate) fn client_config(certificate: &Certificate, key: &NodeKey) -> Result<ClientConfig, IdentityError> {
    let config = trusting(certificate)?.with_client_auth_cert(certificate.chain()?, key.for_tls())?;
    Ok(config)
}

/// Without a certificate, to the CA's servers: the way back after it has expired.
pub(crate) fn without_certificate(certificate: &Certificate) -> Result<ClientConfig, IdentityError> {
    Ok(trusting(certificate)?.with_no_client_auth())
}

/// Without a certificate, to a server whose CA has the fingerprint: the first connection.
pub(super) fn pinned(ca: Fingerprint) -> Result<ClientConfig, IdentityError> {
    let verifier = Pinned { ca, provider: provider() };
    Ok(builder()?.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

fn trusting(certificate: &Certificate) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, IdentityError> {
    let mut roots = RootCertStore::empty();
    for ca in certificate.authority()? {
        roots.add(ca)?;
    }
    Ok(builder()?.with_root_certificates(roots))
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, IdentityError> {
    Ok(ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
