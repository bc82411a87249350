//! A client that reads its own writes, and checks every answer against the document.

use std::net::SocketAddr;
use std::sync::Mutex;

use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

use super::contract;

/// A client with or without a token.
pub(crate) struct Client {
    http: reqwest::Client,
    address: SocketAddr,
    token: Option<String>,
    position: Mutex<Option<HeaderValue>>,
}

/// An answer that keeps to the document.
#[derive(Debug)]
pub(crate) struct Reply {
    /// Status.
    pub(crate) status: StatusCode,
    /// Headers.
    pub(crate) headers: HeaderMap,
    /// Body; null if it is empty or no JSON.
    pub(crate) body: Value,
}

impl Client {
    pub(crate) fn new(address: SocketAddr, token: Option<String>) -> Self {
        // Another test of the process may have installed it; nothing here uses TLS.
        drop(rustls::crypto::ring::default_provider().install_default());
        Self { http: reqwest::Client::new(), address, token, position: Mutex::default() }
    }

    /// A request to which anything may be added.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut request = self.http.request(method, format!("http://{}{path}", self.address));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        request
    }

    /// A mutation with a key of its own.
    pub(crate) fn mutation(&self, method: Method, path: &str) -> RequestBuilder {
        self.request(method, path).header("Idempotency-Key", format!("{:032x}", rand::random::<u128>()))
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        let mut request = self.request(Method::GET, path);
        if let Some(position) = self.position.lock().unwrap().clone() {
            request = request.header("X-Log-Position", position);
        }
        self.send(request).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(self.mutation(Method::POST, path).json(&body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send(self.mutation(Method::PATCH, path).json(&body)).await
    }

    /// A mutation that needs no body.
    pub(crate) async fn act(&self, path: &str) -> Reply {
        self.send(self.mutation(Method::POST, path)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Reply {
        self.send(self.mutation(Method::PUT, path).json(&body)).await
    }

    /// Reads again and again until what is read is so, for half a minute.
    pub(crate) async fn until(&self, path: &str, so: impl Fn(&Value) -> bool) -> Value {
        let mut body = Value::Null;
        for _ in 0..600 {
            body = self.get(path).await.expect(200);
            if so(&body) {
                return body;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{path} stays {body}")
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send(self.mutation(Method::DELETE, path)).await
    }

    /// Where it stands.
    pub(crate) fn stands_at(&self) -> Option<HeaderValue> {
        self.position.lock().unwrap().clone()
    }

    /// Reads as of what another client wrote.
    pub(crate) fn see(&self, other: &Self) {
        *self.position.lock().unwrap() = other.position.lock().unwrap().clone();
    }

    /// Sends a request and checks what comes back.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Reply {
        let request = request.build().unwrap();
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let response = self.http.execute(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        if let Some(position) = headers.get("x-log-position") {
            *self.position.lock().unwrap() = Some(position.clone());
        }
        let bytes = response.bytes().await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        let reply = Reply { status, headers, body };
        contract::check(&method, &path, &reply);
        reply
    }
}

impl Reply {
    /// The body of an answer with this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        self.body
    }

    /// Checks that this is a refusal with this status and code.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status.as_u16(), self.code()), (status, code), "{}", self.body);
    }

    /// The error code; empty where there is none.
    pub(crate) fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
