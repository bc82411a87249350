//! A server whose log is long enough for complete tiles.

use std::net::SocketAddr;

use gpuaas_api::{Config, Server};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

/// More entries than a tile has hashes.
const CHANGES: usize = 300;

/// The server, and its operator, who is an auditor too.
pub(super) struct Published {
    server: Server,
    directory: TempDir,
    http: reqwest::Client,
    /// Sizes of checkpoints, ascending.
    pub(super) sizes: Vec<u64>,
}

impl Published {
    /// A server that signed some checkpoints while its log grew.
    pub(super) async fn start() -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let directory = TempDir::new().unwrap();
        let mut config = Config::embedded(directory.path(), SocketAddr::from(([127, 0, 0, 1], 0)));
        config.limits.rate = None;
        let server = gpuaas_api::serve(config).await.unwrap();
        let mut published = Self { server, directory, http: reqwest::Client::new(), sizes: Vec::new() };
        let organization = json!({"slug": "acme", "display_name": "Acme"});
        let organization = published.ask(Method::POST, "/api/v1/orgs", organization).await;
        let path = format!("/api/v1/orgs/{}", organization["id"].as_str().unwrap());
        published.sign().await;
        for number in 0..CHANGES {
            published.ask(Method::PATCH, &path, json!({"display_name": format!("Acme {number}")})).await;
            if number % 100 == 50 {
                published.sign().await;
            }
        }
        published.sign().await;
        assert!(published.sizes.len() > 3 && *published.sizes.last().unwrap() > 256, "{:?}", published.sizes);
        published
    }

    /// Has a checkpoint signed: a receipt of the last entry needs one.
    async fn sign(&mut self) {
        let last = *self.server.log().head().borrow();
        let receipt = self.get(&format!("/api/v1/log/entries/{last}/receipt")).await;
        let (_, checkpoint) = text(receipt).split_once("\n\n").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        let size = checkpoint.lines().nth(1).unwrap().parse().unwrap();
        if self.sizes.last() != Some(&size) {
            self.sizes.push(size);
        }
    }

    /// Where it is.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// The operator's token, who is an auditor too.
    pub(super) fn token(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("admin.token")).unwrap().trim().to_owned()
    }

    /// The body of a good answer.
    pub(super) async fn get(&self, path: &str) -> Vec<u8> {
        let reply = self.http.get(format!("{}{path}", self.url())).bearer_auth(self.token()).send().await.unwrap();
        assert_eq!(reply.status().as_u16(), 200, "{path}");
        reply.bytes().await.unwrap().into()
    }

    /// The key that signs the log's checkpoints, as the server tells it.
    pub(super) async fn key(&self) -> String {
        let log: Value = serde_json::from_slice(&self.get("/api/v1/log").await).unwrap();
        log["keys"][0].as_str().unwrap().to_owned()
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> Value {
        let key = format!("{:032x}", rand::random::<u128>());
        let request = self.http.request(method, format!("{}{path}", self.url())).bearer_auth(self.token());
        let reply = request.header("Idempotency-Key", key).json(&body).send().await.unwrap();
        assert!(reply.status().is_success(), "{path}: {}", reply.status());
        reply.json().await.unwrap()
    }
}

/// An answer that is a text.
pub(super) fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}
