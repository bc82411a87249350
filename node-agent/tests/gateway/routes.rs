//! What each request of the protocol does.

use std::time::Duration;

use bytes::Bytes;
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use futures::StreamExt;
use gpuaas_domain::Code;
use gpuaas_domain::bounded::{Document, Text};
use gpuaas_domain::fixed::{Digest, PublicKey};
use gpuaas_domain::id::{NodeId, TunnelId};
use gpuaas_domain::node::{self, CertificateIssued, WentOnline};
use gpuaas_domain::node_protocol::credential::CredentialRequest;
use gpuaas_domain::node_protocol::enrollment::{
    CertificateAnswer, EnrollRequest, RECOVERY_WINDOW, RecoverRequest, RenewRequest,
};
use gpuaas_domain::node_protocol::heartbeat::{Heartbeat, HeartbeatAnswer};
use gpuaas_domain::node_protocol::logs::LogAnswer;
use gpuaas_domain::node_protocol::path;
use gpuaas_domain::node_protocol::progress::PullProgress;
use gpuaas_domain::node_protocol::report::{ReportAnswer, SignedReport};
use gpuaas_domain::node_protocol::stream::{ServerFrame, Welcome};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::{Request, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::platform::now;
use super::server::Peer;
use super::tunnels::{self, Tunnel};
use super::{Gateway, digest};

type Body = UnsyncBoxBody<Bytes, std::io::Error>;
type Answer = Result<Response<Body>, Code>;

pub(super) async fn answer(gateway: Gateway, peer: Option<Peer>, request: Request<Incoming>) -> Response<Body> {
    let answered = match request.uri().path() {
        path::ENROLL => enroll(&gateway, read(request).await).await,
        path::RECOVER => recover(&gateway, read(request).await),
        path => {
            let path = path.to_owned();
            match identify(&gateway, peer) {
                Ok((node, key)) => as_node(&gateway, node, key, &path, request).await,
                Err(code) => Err(code),
            }
        }
    };
    answered.unwrap_or_else(refusal)
}

fn identify(gateway: &Gateway, peer: Option<Peer>) -> Result<(NodeId, PublicKey), Code> {
    let peer = peer.ok_or(Code::NodeCertificateUnknown)?;
    Ok((gateway.platform().identify(peer)?, peer.public_key))
}

async fn as_node(gateway: &Gateway, node: NodeId, key: PublicKey, path: &str, request: Request<Incoming>) -> Answer {
    match path {
        path::RENEW => renew(gateway, node, key, read(request).await),
        path::HEARTBEAT => heartbeat(gateway, node, read(request).await),
        path::TASKS => Ok(stream(gateway, node)),
        path::REPORTS => report(gateway, node, key, read(request).await).await,
        path::CREDENTIALS => credential(gateway, read(request).await),
        path::PROGRESS => {
            let progress: PullProgress = read(request).await?;
            gateway.passed().progress.push(progress);
            Ok(empty())
        }
        path::LOGS => {
            let answer: LogAnswer = read(request).await?;
            let waiting = gateway.passed().waiting_logs.remove(&answer.request).ok_or(Code::NotFound)?;
            let _ = waiting.send(answer);
            Ok(empty())
        }
        path => tunnel(gateway, path, request),
    }
}

async fn enroll(gateway: &Gateway, request: Result<EnrollRequest, Code>) -> Answer {
    let request = request?;
    let secret: Digest = request.secret.parse().map_err(|_| Code::InvalidField)?;
    let key = public_key(gateway, &request.csr)?;
    let node = gateway.platform().enroll(request.enrollment, &secret.0, key)?;
    certify(gateway, node, &request.csr)
}

fn renew(gateway: &Gateway, node: NodeId, key: PublicKey, request: Result<RenewRequest, Code>) -> Answer {
    let request = request?;
    if public_key(gateway, &request.csr)? != key {
        return Err(Code::CertificateRequestInvalid);
    }
    gateway.passed().renewals += 1;
    certify(gateway, node, &request.csr)
}

fn recover(gateway: &Gateway, request: Result<RecoverRequest, Code>) -> Answer {
    let request = request?;
    let key = public_key(gateway, &request.csr)?;
    let bytes = RecoverRequest::signed_bytes(request.node, request.at, &request.csr);
    let late = request.at.0.abs_diff(now().0) > RECOVERY_WINDOW * 1_000_000;
    let signature = Signature::from_bytes(&request.signature.0);
    let signed = VerifyingKey::from_bytes(&key.0).is_ok_and(|key| key.verify(&bytes, &signature).is_ok());
    {
        let platform = gateway.platform();
        let state = platform.nodes.get(&request.node).ok_or(Code::NodeCertificateUnknown)?;
        let known = state.node.identity().is_some_and(|identity| identity.public_key == key);
        if late || !signed || !known {
            return Err(Code::NodeCertificateUnknown);
        }
    }
    gateway.passed().recoveries += 1;
    certify(gateway, request.node, &request.csr)
}

fn public_key(gateway: &Gateway, csr: &str) -> Result<PublicKey, Code> {
    let issued = gateway.authority.issue(csr, Duration::from_secs(1)).ok_or(Code::CertificateRequestInvalid)?;
    Ok(issued.public_key)
}

fn certify(gateway: &Gateway, node: NodeId, csr: &str) -> Answer {
    let issued = gateway.authority.issue(csr, gateway.lifetime()).ok_or(Code::CertificateRequestInvalid)?;
    let (serial, not_before, not_after) = (issued.serial, issued.not_before, issued.not_after);
    let command = node::Command::IssueCertificate(CertificateIssued { serial, not_before, not_after });
    gateway.platform().command(node, command)?;
    json(&CertificateAnswer {
        node,
        public_key: issued.public_key,
        certificate: Document::new(issued.pem).unwrap(),
        ca: Document::new(gateway.authority.ca_pem.clone()).unwrap(),
        not_before,
        not_after,
    })
}

fn heartbeat(gateway: &Gateway, node: NodeId, request: Result<Heartbeat, Code>) -> Answer {
    let Heartbeat { boot_id, agent_version, .. } = request?;
    let online = node::Command::ComeOnline(WentOnline { boot_id, agent_version });
    gateway.platform().command(node, online)?;
    *gateway.passed().heartbeats.entry(node).or_default() += 1;
    json(&HeartbeatAnswer { server_time: now(), interval_seconds: 1 })
}

async fn report(gateway: &Gateway, node: NodeId, key: PublicKey, report: Result<SignedReport, Code>) -> Answer {
    let report = report?;
    let hash = digest(report.body.as_bytes());
    let taken = gateway.platform().report(node, key, &report);
    let point = taken.inspect_err(|code| gateway.platform().refusals.push(*code))?;
    let lost = {
        let mut passed = gateway.passed();
        let lost = passed.lose_answers > 0;
        passed.lose_answers = passed.lose_answers.saturating_sub(1);
        lost
    };
    if lost {
        // The report counts, and the agent does not hear of it.
        return Err(Code::Unavailable);
    }
    json(&ReportAnswer { sequence: point.sequence, hash, refused: Vec::new() })
}

fn credential(gateway: &Gateway, request: Result<CredentialRequest, Code>) -> Answer {
    let request = request?;
    let mut passed = gateway.passed();
    let (credential, fetched) = passed.credentials.get_mut(request.reference.as_str()).ok_or(Code::NotFound)?;
    *fetched += 1;
    json(credential)
}

fn stream(gateway: &Gateway, node: NodeId) -> Response<Body> {
    let frames = gateway.platform().connect(node);
    let attestation_seconds = gateway.attestation_seconds;
    let name = Text::clipped("a-node");
    let welcome = ServerFrame::Welcome(Welcome { node, name, server_time: now(), attestation_seconds });
    let rest = futures::stream::unfold(frames, |mut frames| async { frames.recv().await.map(|frame| (frame, frames)) });
    let lines = futures::stream::once(async { welcome }).chain(rest).map(|frame| {
        let mut line = serde_json::to_vec(&frame).unwrap();
        line.push(b'\n');
        Ok(Frame::data(Bytes::from(line)))
    });
    Response::new(StreamBody::new(lines).boxed_unsync())
}

fn tunnel(gateway: &Gateway, path: &str, mut request: Request<Incoming>) -> Answer {
    let id = path.strip_prefix(path::TUNNELS).and_then(|rest| rest.strip_prefix('/')).ok_or(Code::NotFound)?;
    let id: TunnelId = id.parse().map_err(|_| Code::NotFound)?;
    let waiting = gateway.passed().waiting_tunnels.remove(&id).ok_or(Code::NotFound)?;
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let io = upgrade.await.unwrap();
        let _ = waiting.send(Tunnel::new(io));
    });
    Ok(tunnels::switching())
}

async fn read<T: DeserializeOwned>(request: Request<Incoming>) -> Result<T, Code> {
    let body = request.into_body().collect().await.map_err(|_| Code::MalformedJson)?.to_bytes();
    serde_json::from_slice(&body).map_err(|_| Code::MalformedJson)
}

fn json(value: &impl Serialize) -> Answer {
    Ok(whole(StatusCode::OK, serde_json::to_vec(value).unwrap()))
}

fn empty() -> Response<Body> {
    whole(StatusCode::NO_CONTENT, Vec::new())
}

fn refusal(code: Code) -> Response<Body> {
    let retryable = code == Code::Unavailable;
    let status = if retryable { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::FORBIDDEN };
    let body = serde_json::json!({"error": {"code": code, "message": "no", "retryable": retryable, "fields": []}});
    whole(status, serde_json::to_vec(&body).unwrap())
}

pub(super) fn whole(status: StatusCode, body: Vec<u8>) -> Response<Body> {
    let body = Full::from(body).map_err(|never| match never {}).boxed_unsync();
    Response::builder().status(status).body(body).unwrap()
}
