//! Enrollment and renewal: how a node gets its certificates.

use std::net::SocketAddr;
use std::time::Instant;

use axum::extract::State;
use axum::{Extension, Json};
use gpuaas_commands::handlers::node::{EnrollNode, IssueNodeCertificate, NewCertificate};
use gpuaas_commands::{Actor, Context, Refusal};
use gpuaas_domain::Code;
use gpuaas_domain::bounded::Document;
use gpuaas_domain::enrollment::{Enrollment, Rejection};
use gpuaas_domain::fixed::PublicKey;
use gpuaas_domain::id::NodeId;
use gpuaas_domain::node_protocol::enrollment::{CertificateAnswer, EnrollRequest, RenewRequest};

use super::caller::{Caller, Said, Trace};
use super::settings::seconds;
use crate::app::{App, Shared};
use crate::certificates::{self, requested_key};
use crate::http::{Problem, rate};

/// Most bytes of a request for a certificate.
pub(super) const MOST: usize = 16 * 1024;

/// Lets an agent take a node for its own.
pub(super) async fn enroll(
    State(app): State<Shared>,
    Extension(address): Extension<SocketAddr>,
    Trace(trace): Trace,
    Said(request): Said<EnrollRequest, MOST>,
) -> Result<Json<CertificateAnswer>, Problem> {
    app.limiter.take(rate::Caller::Address(address.ip()), Instant::now())?;
    let key = requested_key(&request.csr)?;
    let (enrollment, _) = app.engine.state::<Enrollment>(request.enrollment).await?;
    let Some(issued) = enrollment.details() else { return Err(Refusal::from(Rejection::Unknown).into()) };
    let certificate = next(&app);
    let command = EnrollNode {
        node: issued.node,
        enrollment: request.enrollment,
        secret: request.secret.to_string(),
        public_key: key,
        certificate,
    };
    let actor = Actor::Enrolling { node: issued.node, enrollment: request.enrollment };
    app.engine.execute(&Context { actor, ..Context::system(trace) }, &command).await?;
    tracing::info!(node = %issued.node, version = %request.agent_version, "a node enrolled");
    answer(&app, issued.node, key, certificate)
}

/// Issues the next certificate over the connection that has the one in force.
pub(super) async fn renew(
    State(app): State<Shared>,
    caller: Caller,
    Said(request): Said<RenewRequest, MOST>,
) -> Result<Json<CertificateAnswer>, Problem> {
    let key = requested_key(&request.csr)?;
    if key != caller.peer.public_key {
        let message = "the request is for another key than the connection's; ask with the node's own";
        return Err(Problem::new(Code::CertificateRequestInvalid, message));
    }
    issue(&app, &caller.context, caller.peer.node, key).await
}

/// Issues a node's next certificate.
pub(super) async fn issue(
    app: &App,
    context: &Context,
    node: NodeId,
    public_key: PublicKey,
) -> Result<Json<CertificateAnswer>, Problem> {
    let certificate = next(app);
    app.engine.execute(context, &IssueNodeCertificate { node, public_key, certificate }).await?;
    answer(app, node, public_key, certificate)
}

fn next(app: &App) -> NewCertificate {
    certificates::next(app.now(), seconds(app.gateway.settings.certificate).into())
}

/// The certificate that the log knows of now.
fn answer(
    app: &App,
    node: NodeId,
    public_key: PublicKey,
    issued: NewCertificate,
) -> Result<Json<CertificateAnswer>, Problem> {
    let authority = &app.gateway.authority;
    let pem = authority.certify_node(node, public_key, issued).map_err(Problem::internal)?;
    Ok(Json(CertificateAnswer {
        node,
        public_key,
        certificate: Document::new(pem).map_err(Problem::internal)?,
        ca: Document::new(authority.pem()).map_err(Problem::internal)?,
        not_before: issued.not_before,
        not_after: issued.not_after,
    }))
}
