//! The way back for a node that was off for longer than its certificate lasted: its key
//! signs for it.

use std::net::SocketAddr;
use std::time::Instant;

use axum::extract::State;
use axum::{Extension, Json};
use gpuaas_commands::{Context, Refusal};
use gpuaas_domain::fixed::PublicKey;
use gpuaas_domain::node::{Node, Rejection};
use gpuaas_domain::node_protocol::enrollment::{CertificateAnswer, RECOVERY_WINDOW, RecoverRequest};
use gpuaas_domain::{Code, Timestamp};

use super::caller::{Said, Trace};
use super::{enrollment, signature};
use crate::app::Shared;
use crate::certificates::requested_key;
use crate::http::{Problem, rate};

/// Issues a certificate to whoever holds the node's key.
pub(super) async fn recover(
    State(app): State<Shared>,
    Extension(address): Extension<SocketAddr>,
    Trace(trace): Trace,
    Said(request): Said<RecoverRequest, { enrollment::MOST }>,
) -> Result<Json<CertificateAnswer>, Problem> {
    app.limiter.take(rate::Caller::Address(address.ip()), Instant::now())?;
    let key = requested_key(&request.csr)?;
    let RecoverRequest { node, at, csr, signature } = request;
    signature::check(key, &RecoverRequest::signed_bytes(node, at, &csr), signature)?;
    check_time(at, app.now())?;
    let (state, _) = app.engine.state::<Node>(node).await?;
    check_key(&state, key)?;
    // The signature speaks for the node, which has no certificate to speak with.
    let issued = enrollment::issue(&app, &Context::system(trace), node, key).await?;
    tracing::info!(%node, "a node came back after its certificate had expired");
    Ok(issued)
}

fn check_time(at: Timestamp, now: Timestamp) -> Result<(), Problem> {
    if at.0.abs_diff(now.0) <= RECOVERY_WINDOW * 1_000_000 {
        return Ok(());
    }
    let message = format!("the request was signed more than {RECOVERY_WINDOW} s from now; set the node's clock");
    Err(Problem::new(Code::NodeSignatureInvalid, message))
}

/// Whoever does not hold the node's key learns nothing of the node.
fn check_key(state: &Node, key: PublicKey) -> Result<(), Problem> {
    match state {
        Node::Enrolled { identity, .. } if identity.public_key == key => Ok(()),
        Node::Banned { identity: Some(identity), .. } if identity.public_key == key => {
            Err(Refusal::from(Rejection::Banned).into())
        }
        Node::Absent | Node::Registered { .. } | Node::Enrolled { .. } | Node::Banned { .. } | Node::Removed { .. } => {
            Err(Problem::of(Code::NodeCertificateUnknown))
        }
    }
}
