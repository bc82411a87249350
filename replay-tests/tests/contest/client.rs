//! A client of one of the servers.

use std::sync::{Arc, Mutex};

use reqwest::header::HeaderValue;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;

/// With which a client reads its own writes.
const POSITION: &str = "X-Log-Position";

/// A client with a token. Its requests belong to traces that begin with its mark, which go
/// into the log: that is how a stranger tells who was asked.
#[derive(Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    api: String,
    token: String,
    mark: u64,
    position: Arc<Mutex<Option<HeaderValue>>>,
}

impl Client {
    pub(super) fn new(api: &str, token: &str, mark: u64) -> Self {
        let (http, position) = (reqwest::Client::new(), Arc::default());
        Self { http, api: api.to_owned(), token: token.to_owned(), mark, position }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let trace = format!("{:016x}{:016x}", self.mark, rand::random::<u64>());
        let request = self.http.request(method, format!("{}/api/v1{path}", self.api));
        request.bearer_auth(&self.token).header("X-Correlation-Id", trace)
    }

    /// Reads its own writes.
    pub(super) async fn get(&self, path: &str) -> Value {
        let known = self.position.lock().unwrap().clone();
        let request = self.request(Method::GET, path);
        self.answered(known.into_iter().fold(request, |request, known| request.header(POSITION, known))).await
    }

    /// Follows events.
    pub(super) async fn follow(&self, path: &str) -> Events {
        let response = self.request(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        Events { response, text: Vec::new() }
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Value {
        self.mutate(Method::POST, path, body).await
    }

    pub(super) async fn put(&self, path: &str, body: Value) -> Value {
        self.mutate(Method::PUT, path, body).await
    }

    pub(super) async fn delete(&self, path: &str) -> Value {
        self.mutate(Method::DELETE, path, Value::Null).await
    }

    /// What the server counts.
    pub(super) async fn metrics(&self) -> String {
        self.http.get(format!("{}/metrics", self.api)).send().await.unwrap().text().await.unwrap()
    }

    async fn mutate(&self, method: Method, path: &str, body: Value) -> Value {
        let request = self.request(method, path).header("Idempotency-Key", format!("{:032x}", rand::random::<u128>()));
        self.answered(if body.is_null() { request } else { request.json(&body) }).await
    }

    /// What was answered; nothing here may be refused.
    async fn answered(&self, request: RequestBuilder) -> Value {
        let response = request.send().await.unwrap();
        let (status, url) = (response.status(), response.url().clone());
        if let Some(position) = response.headers().get(POSITION) {
            *self.position.lock().unwrap() = Some(position.clone());
        }
        let text = response.text().await.unwrap();
        assert!(status.is_success() && status != StatusCode::NO_CONTENT, "{url}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }
}

/// A stream of server-sent events.
pub(super) struct Events {
    response: Response,
    text: Vec<u8>,
}

impl Events {
    /// The next one's data.
    pub(super) async fn next(&mut self) -> Value {
        loop {
            while let Some(end) = self.text.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.text.drain(..=end).collect();
                if let Some(data) = line.strip_prefix(b"data:") {
                    return serde_json::from_slice(data).unwrap();
                }
            }
            self.text.extend(self.response.chunk().await.unwrap().expect("the stream goes on"));
        }
    }
}

/// The id of what was answered.
pub(super) fn id(body: &Value) -> String {
    body["id"].as_str().unwrap().to_owned()
}
