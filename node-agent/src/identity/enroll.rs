//! Taking a node for this agent's own, with a token that works once.

use gpuaas_domain::bounded::{Document, Text};
use gpuaas_domain::fixed::Digest;
use gpuaas_domain::node_protocol::enrollment::{CertificateAnswer, EnrollRequest};
use gpuaas_domain::node_protocol::path;
use gpuaas_domain::node_protocol::token::EnrollmentToken;

use super::{Certificate, IdentityError, NodeKey, tls};
use crate::VERSION;
use crate::folder::Folder;
use crate::gateway::{Endpoint, Gateway};

/// Enrolls. If the answer is lost, the same key may try again with the same token.
pub(crate) async fn enroll(
    server: &Endpoint,
    folder: &Folder,
    key: &NodeKey,
    token: &EnrollmentToken,
) -> Result<Certificate, IdentityError> {
    let gateway = Gateway::new(server.clone(), tls::pinned(token.ca_fingerprint)?);
    let request = EnrollRequest {
        enrollment: token.enrollment,
        secret: Text::new(Digest(token.secret).to_string())?,
        csr: Document::new(key.certificate_request()?)?,
        agent_version: Text::clipped(VERSION),
    };
    let answer: CertificateAnswer = gateway.post(path::ENROLL, &request).await?;
    Certificate::store(folder, key, answer)
}
