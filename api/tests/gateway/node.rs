//! A node written for the tests: it says what it is told to say, true or not.

use std::net::SocketAddr;

use ed25519_dalek::pkcs8::DecodePrivateKey as _;
use ed25519_dalek::{Signer as _, SigningKey};
use gpuaas_api::keystore::now;
use gpuaas_domain::bounded::Document;
use gpuaas_domain::fixed::{Digest, PublicKey, Signature};
use gpuaas_domain::id::NodeId;
use gpuaas_domain::node_protocol::enrollment::CertificateAnswer;
use gpuaas_domain::node_protocol::path;
use gpuaas_domain::node_protocol::report::{ReportBody, ReportItem, SignedReport};
use gpuaas_domain::node_protocol::stream::ServerFrame;
use gpuaas_domain::node_protocol::token::EnrollmentToken;
use gpuaas_domain::node_report::ChainPoint;
use rcgen::{CertificateParams, KeyPair, PKCS_ED25519};
use reqwest::{Certificate, Identity, StatusCode};
use serde_json::{Value, json};

use super::SOON;
use crate::harness::Running;

/// A node's key.
pub(super) struct Key {
    pair: KeyPair,
    signing: SigningKey,
}

impl Key {
    pub(super) fn new() -> Self {
        let pair = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let signing = SigningKey::from_pkcs8_der(&pair.serialize_der()).unwrap();
        Self { pair, signing }
    }

    /// The same key in another hand.
    pub(super) fn copy(&self) -> Self {
        Self { pair: KeyPair::from_pem(&self.pair.serialize_pem()).unwrap(), signing: self.signing.clone() }
    }

    pub(super) fn csr(&self) -> String {
        CertificateParams::default().serialize_request(&self.pair).unwrap().pem().unwrap()
    }

    pub(super) fn public(&self) -> PublicKey {
        PublicKey(self.signing.verifying_key().to_bytes())
    }

    pub(super) fn sign(&self, bytes: &[u8]) -> Signature {
        Signature(self.signing.sign(bytes).to_bytes())
    }

    pub(super) fn pem(&self) -> String {
        self.pair.serialize_pem()
    }
}

/// What the gateway answered.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) body: Value,
}

impl Reply {
    #[track_caller]
    pub(super) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.body
    }

    #[track_caller]
    pub(super) fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status.as_u16(), self.code()), (status, code), "{}", self.body);
        assert!(self.body["error"]["message"].as_str().is_some_and(|message| message.len() > 10), "{}", self.body);
    }

    pub(super) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }
}

/// An HTTP client of the gateway, with a certificate or without.
pub(super) struct Gateway {
    http: reqwest::Client,
    address: SocketAddr,
}

impl Gateway {
    /// To a running server's, as who the PEM of a key and its certificate says.
    pub(super) fn of(running: &Running, identity: Option<String>) -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let ca = std::fs::read(running.directory().path().join("keys/node-ca.pem")).unwrap();
        let mut client = reqwest::Client::builder().tls_certs_only([Certificate::from_pem(&ca).unwrap()]);
        if let Some(identity) = identity {
            client = client.identity(Identity::from_pem(identity.as_bytes()).unwrap());
        }
        Self { http: client.build().unwrap(), address: running.gateway_address() }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("https://{}{path}", self.address)
    }

    pub(super) async fn send(&self, request: reqwest::RequestBuilder) -> reqwest::Result<Reply> {
        let response = request.send().await?;
        let status = response.status();
        let body = response.bytes().await?;
        Ok(Reply { status, body: serde_json::from_slice(&body).unwrap_or_default() })
    }

    pub(super) async fn try_post(&self, path: &str, body: &Value) -> reqwest::Result<Reply> {
        self.send(self.http.post(self.url(path)).json(body)).await
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Reply {
        self.try_post(path, &body).await.unwrap()
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.http
    }
}

/// An enrolled node.
pub(super) struct Node {
    pub(super) id: NodeId,
    pub(super) key: Key,
    pub(super) gateway: Gateway,
    pub(super) chain: ChainPoint,
    pub(super) pem: String,
}

/// The body of a request to enroll.
pub(super) fn enrollment(token: &str, csr: &str) -> Value {
    let token: EnrollmentToken = token.parse().unwrap();
    let secret = Digest(token.secret).to_string();
    json!({"enrollment": token.enrollment, "secret": secret, "csr": csr, "agent_version": "1"})
}

impl Node {
    /// Enrolls with a token, or says why not.
    pub(super) async fn enroll(running: &Running, token: &str, key: Key) -> Result<Self, Reply> {
        let gateway = Gateway::of(running, None);
        let reply = gateway.post(path::ENROLL, enrollment(token, &key.csr())).await;
        if reply.status != StatusCode::OK {
            return Err(reply);
        }
        Ok(Self::certified(running, key, &reply.body))
    }

    /// With the certificate of an answer.
    pub(super) fn certified(running: &Running, key: Key, answer: &Value) -> Self {
        let answer: CertificateAnswer = serde_json::from_value(answer.clone()).unwrap();
        assert_eq!(answer.public_key, key.public());
        let pem = answer.certificate.to_string();
        let gateway = Gateway::of(running, Some(format!("{}{pem}", key.pem())));
        Self { id: answer.node, chain: ChainPoint::first(key.public()), key, gateway, pem }
    }

    pub(super) async fn beat(&self) -> Reply {
        let beat = json!({"boot_id": "boot", "agent_version": "1", "at": now(), "running": 0, "waiting_reports": 0});
        self.gateway.post(path::HEARTBEAT, beat).await
    }

    /// A report at the node's place in the chain, signed.
    pub(super) fn signed(&self, items: Vec<ReportItem>) -> (SignedReport, Digest) {
        let body = ReportBody { node: self.id, chain: self.chain.clone(), at: now(), items };
        let body = serde_json::to_string(&body).unwrap();
        let signature = self.key.sign(&SignedReport::signed_bytes(&body));
        let hash = Digest(*blake3::hash(body.as_bytes()).as_bytes());
        (SignedReport { body: Document::new(body).unwrap(), signature }, hash)
    }

    /// Reports, and goes on in the chain if that was taken.
    pub(super) async fn report(&mut self, items: Vec<ReportItem>) -> Reply {
        let (report, hash) = self.signed(items);
        let reply = self.gateway.post(path::REPORTS, serde_json::to_value(report).unwrap()).await;
        if reply.status == StatusCode::OK {
            self.chain = self.chain.next(hash);
        }
        reply
    }

    /// Opens the long stream.
    pub(super) async fn stream(&self) -> Stream {
        let response = self.gateway.http().get(self.gateway.url(path::TASKS)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let mut stream = Stream { response, buffer: Vec::new() };
        assert!(matches!(stream.next().await, Some(ServerFrame::Welcome(welcome)) if welcome.node == self.id));
        stream
    }
}

/// The long stream, line by line.
pub(super) struct Stream {
    response: reqwest::Response,
    buffer: Vec<u8>,
}

impl Stream {
    /// The next line that is no ping; `None` when the stream has ended.
    pub(super) async fn next(&mut self) -> Option<ServerFrame> {
        loop {
            match tokio::time::timeout(SOON, self.line()).await.expect("nothing came") {
                Some(ServerFrame::Ping(_)) => {}
                other => return other,
            }
        }
    }

    async fn line(&mut self) -> Option<ServerFrame> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return Some(serde_json::from_slice(&line).unwrap());
            }
            self.buffer.extend(self.response.chunk().await.ok()??);
        }
    }
}
