//! TLS 1.3 with a certificate of the gateway's own, and of the node's where it has one: an
//! agent that enrolls, or comes back after its certificate has expired, has none.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use gpuaas_domain::Timestamp;
use rustls::crypto::{CryptoProvider, ring};
use rustls::server::{ClientHello, ResolvesServerCert, VerifierBuilderError, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::version::TLS13;
use rustls::{RootCertStore, ServerConfig};

use crate::certificates::{Authority, AuthorityError, next};
use crate::keystore::now;

/// How long the gateway's certificate lasts, in seconds: a week.
const LASTS: u64 = 7 * 24 * 3600;
/// When it is replaced, in seconds: after a day.
const RENEWED: u64 = 24 * 3600;

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// No certificate.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The library refuses.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The library refuses the CA.
    #[error("TLS: {0}")]
    Verifier(#[from] VerifierBuilderError),
}

/// How the gateway speaks TLS.
pub(crate) fn server_config(authority: Arc<Authority>, names: Vec<String>) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate().clone())?;
    let nodes = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let nodes = nodes.allow_unauthenticated().build()?;
    let own = Own::new(authority, names, Arc::clone(&provider))?;
    let builder = ServerConfig::builder_with_provider(provider).with_protocol_versions(&[&TLS13])?;
    let mut config = builder.with_client_cert_verifier(nodes).with_cert_resolver(Arc::new(own));
    // A tunnel is an upgrade, which later versions of HTTP do not have.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// The gateway's certificate, made anew once a day: a server may run for years.
struct Own {
    authority: Arc<Authority>,
    names: Vec<String>,
    provider: Arc<CryptoProvider>,
    current: Mutex<(Timestamp, Arc<CertifiedKey>)>,
}

impl Own {
    fn new(authority: Arc<Authority>, names: Vec<String>, provider: Arc<CryptoProvider>) -> Result<Self, TlsError> {
        let now = now();
        let current = Mutex::new((now, make(&authority, &names, &provider, now)?));
        Ok(Self { authority, names, provider, current })
    }
}

impl ResolvesServerCert for Own {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let now = now();
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if now >= current.0.plus_seconds(RENEWED) {
            match make(&self.authority, &self.names, &self.provider, now) {
                Ok(made) => *current = (now, made),
                Err(error) => tracing::error!(%error, "the gateway's certificate was not renewed"),
            }
        }
        Some(Arc::clone(&current.1))
    }
}

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Own({:?})", self.names)
    }
}

fn make(
    authority: &Authority,
    names: &[String],
    provider: &CryptoProvider,
    now: Timestamp,
) -> Result<Arc<CertifiedKey>, TlsError> {
    let made = authority.certify_server(names, next(now, LASTS))?;
    Ok(Arc::new(CertifiedKey::from_der(made.chain, made.key, provider)?))
}
