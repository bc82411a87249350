//! Who asks a server over HTTP.

use std::path::Path;

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

/// Whoever asks.
pub(crate) struct Caller {
    pub(crate) http: reqwest::Client,
    pub(crate) api: String,
    pub(crate) token: String,
}

impl Caller {
    pub(crate) fn new(api: &str, token: &str) -> Self {
        Self { http: reqwest::Client::new(), api: api.to_owned(), token: token.trim().to_owned() }
    }

    /// The operator of a server whose data is in this folder.
    pub(crate) fn operator(api: &str, data: &Path) -> Self {
        Self::new(api, &std::fs::read_to_string(data.join("admin.token")).unwrap())
    }

    /// A mutation with a key of its own, or a read.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let key = format!("{:032x}", rand::random::<u128>());
        let request = self.http.request(method, format!("{}{path}", self.api)).bearer_auth(&self.token);
        request.header("Idempotency-Key", key)
    }

    /// What is answered to a request that has to be accepted.
    pub(crate) async fn good(&self, method: Method, path: &str, body: Value) -> Value {
        let (status, body) = answer(self.request(method, path).json(&body)).await;
        assert!(status.is_success(), "{path}: {status} {body}");
        body
    }

    /// The code that is answered to a request that has to be refused.
    pub(crate) async fn bad(&self, method: Method, path: &str, body: Value) -> String {
        refused(self.request(method, path).json(&body)).await
    }

    /// Reads until what is read is so.
    pub(crate) async fn until(&self, path: &str, so: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..600 {
            let (status, body) = answer(self.request(Method::GET, path)).await;
            if status.is_success() && so(&body) {
                return body;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{path} does not come to be so")
    }

    /// Writes an export into a file.
    pub(crate) async fn export(&self, path: &str, file: &Path) {
        let response = self.request(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        std::fs::write(file, response.bytes().await.unwrap()).unwrap();
    }
}

/// Status and body.
pub(crate) async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let status = response.status();
    (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default())
}

/// The code of a refusal.
pub(crate) async fn refused(request: RequestBuilder) -> String {
    let (status, body) = answer(request).await;
    assert!(status.is_client_error(), "{status} {body}");
    body["error"]["code"].as_str().unwrap().to_owned()
}

/// The id of what was answered.
pub(crate) fn id(body: &Value) -> String {
    body["id"].as_str().unwrap().to_owned()
}
