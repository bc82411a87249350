//! Requests over connections that are kept and, after a renewal, made anew.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use gpuaas_domain::node_protocol::refusal::Refusal;
use gpuaas_domain::node_protocol::{path, tunnel};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_TYPE, UPGRADE};
use hyper::{Method, Request, Response, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ClientConfig;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use super::stream::FrameStream;
use super::{Endpoint, GatewayError};

/// How long a request may take. The long stream has a limit of its own on silence.
const PATIENCE: Duration = Duration::from_secs(30);
/// Most bytes of an answer.
const MAX_ANSWER: usize = 1 << 20;

type HttpClient = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// A connection that was upgraded: bytes both ways.
pub(crate) type Upgraded = TokioIo<hyper::upgrade::Upgraded>;

/// The server, as the agent reaches it.
#[derive(Debug)]
pub(crate) struct Gateway {
    endpoint: Endpoint,
    client: watch::Sender<HttpClient>,
}

impl Gateway {
    /// The server at an address, reached as the configuration says.
    pub(crate) fn new(endpoint: Endpoint, tls: ClientConfig) -> Self {
        Self { endpoint, client: watch::Sender::new(client(tls)) }
    }

    /// Uses another certificate from here on. Requests under way end on their connections.
    pub(crate) fn use_tls(&self, tls: ClientConfig) {
        self.client.send_replace(client(tls));
    }

    /// Changes when another certificate is used.
    pub(crate) fn renewals(&self) -> watch::Receiver<impl Sized + use<>> {
        self.client.subscribe()
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Posts and reads the answer.
    pub(crate) async fn post<A: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<A, GatewayError> {
        let answer = self.exchange(path, body).await?;
        serde_json::from_slice(&answer).map_err(|error| GatewayError::Answer(error.to_string()))
    }

    /// Posts what has no answer.
    pub(crate) async fn tell(&self, path: &str, body: &impl Serialize) -> Result<(), GatewayError> {
        self.exchange(path, body).await.map(drop)
    }

    async fn exchange(&self, path: &str, body: &impl Serialize) -> Result<Bytes, GatewayError> {
        let body = serde_json::to_vec(body).expect("messages are plain data");
        let request = self.request(Method::POST, path).header(CONTENT_TYPE, "application/json");
        let request = request.body(Full::from(body)).expect("the parts are valid");
        let exchange = async { whole(accepted(self.send(request).await?).await?).await };
        let late = |_| GatewayError::Unreachable(format!("no answer within {} s", PATIENCE.as_secs()));
        tokio::time::timeout(PATIENCE, exchange).await.map_err(late)?
    }

    /// Begins the long stream.
    pub(crate) async fn stream(&self) -> Result<FrameStream, GatewayError> {
        let request = self.request(Method::GET, path::TASKS).body(Full::default()).expect("the parts are valid");
        Ok(FrameStream::new(accepted(self.send(request).await?).await?.into_body()))
    }

    /// Begins a tunnel.
    pub(crate) async fn upgrade(&self, path: &str) -> Result<Upgraded, GatewayError> {
        let request = self.request(Method::GET, path).header(CONNECTION, "upgrade").header(UPGRADE, tunnel::UPGRADE);
        let request = request.body(Full::default()).expect("the parts are valid");
        let response = accepted(self.send(request).await?).await?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err(GatewayError::Answer(format!("{} to a tunnel's request", response.status())));
        }
        hyper::upgrade::on(response).await.map(TokioIo::new).map_err(|error| unreachable(&error))
    }

    fn request(&self, method: Method, path: &str) -> hyper::http::request::Builder {
        Request::builder().method(method).uri(self.endpoint.uri(path))
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, GatewayError> {
        let client = self.client.borrow().clone();
        client.request(request).await.map_err(|error| unreachable(&error))
    }
}

fn client(tls: ClientConfig) -> HttpClient {
    let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_only().enable_http1().build();
    Client::builder(TokioExecutor::new()).pool_idle_timeout(Duration::from_secs(60)).build(connector)
}

/// The answer, unless it is a refusal.
async fn accepted(response: Response<Incoming>) -> Result<Response<Incoming>, GatewayError> {
    let status = response.status();
    if status.is_success() || status == StatusCode::SWITCHING_PROTOCOLS {
        return Ok(response);
    }
    let body = whole(response).await?;
    match serde_json::from_slice(&body) {
        Ok(Refusal { error }) => {
            Err(GatewayError::Refused { code: error.code, message: error.message, retryable: error.retryable })
        }
        Err(_) => Err(GatewayError::Unreachable(format!("{status} from something that is not the server"))),
    }
}

async fn whole(response: Response<Incoming>) -> Result<Bytes, GatewayError> {
    let body = Limited::new(response.into_body(), MAX_ANSWER).collect().await;
    body.map(http_body_util::Collected::to_bytes).map_err(|error| GatewayError::Unreachable(error.to_string()))
}

/// With all its causes: the outermost says next to nothing.
pub(super) fn unreachable(error: &(dyn Error + 'static)) -> GatewayError {
    let mut causes = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push_str(": ");
        causes.push_str(&cause.to_string());
        next = cause.source();
    }
    GatewayError::Unreachable(causes)
}
