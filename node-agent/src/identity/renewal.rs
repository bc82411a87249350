//! Certificates are short: renewed at half of their life, and got anew by whoever was off for
//! longer than one lasts.

use std::sync::Arc;
use std::time::Duration;

use gpuaas_domain::bounded::Document;
use gpuaas_domain::node_protocol::enrollment::{CertificateAnswer, RecoverRequest, RenewRequest};
use gpuaas_domain::node_protocol::path;

use super::{Certificate, IdentityError, NodeKey, client_config, without_certificate};
use crate::clock;
use crate::folder::Folder;
use crate::gateway::{Endpoint, Gateway};

/// How often the clock is looked at.
const STEP: Duration = Duration::from_secs(60);
/// How long to wait after a renewal that failed.
const PAUSE: Duration = Duration::from_secs(2);

/// Keeps the gateway's certificate in force.
pub(crate) async fn renew_forever(
    gateway: Arc<Gateway>,
    folder: Arc<Folder>,
    key: Arc<NodeKey>,
    mut certificate: Certificate,
) {
    loop {
        let left = certificate.until_half_life(clock::now());
        if !left.is_zero() {
            // In steps: a machine that slept wakes with its timers as they were.
            tokio::time::sleep(left.min(STEP)).await;
            continue;
        }
        match renew(&gateway, &folder, &key, &certificate).await {
            Ok(next) => {
                tracing::info!(node = %next.node(), "certificate renewed");
                certificate = next;
            }
            Err(error) => {
                tracing::warn!(%error, "certificate not renewed; trying again");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn renew(
    gateway: &Gateway,
    folder: &Folder,
    key: &NodeKey,
    certificate: &Certificate,
) -> Result<Certificate, IdentityError> {
    let next = if certificate.has_expired(clock::now()) {
        recover(gateway.endpoint(), folder, key, certificate).await?
    } else {
        let request = RenewRequest { csr: Document::new(key.certificate_request()?)? };
        let answer: CertificateAnswer = gateway.post(path::RENEW, &request).await?;
        Certificate::store(folder, key, answer)?
    };
    gateway.use_tls(client_config(&next, key)?);
    Ok(next)
}

/// Gets a certificate after the last one has expired: the node's key signs for it.
pub(crate) async fn recover(
    server: &Endpoint,
    folder: &Folder,
    key: &NodeKey,
    certificate: &Certificate,
) -> Result<Certificate, IdentityError> {
    let gateway = Gateway::new(server.clone(), without_certificate(certificate)?);
    let (node, at) = (certificate.node(), clock::now());
    let csr = key.certificate_request()?;
    let signature = key.sign(&RecoverRequest::signed_bytes(node, at, &csr));
    let request = RecoverRequest { node, at, csr: Document::new(csr)?, signature };
    let answer: CertificateAnswer = gateway.post(path::RECOVER, &request).await?;
    tracing::info!(%node, "certificate recovered after it had expired");
    Certificate::store(folder, key, answer)
}
