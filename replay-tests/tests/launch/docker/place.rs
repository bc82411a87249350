//! The registries, as a test sees them, beside the server and the agents.

use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use reqwest::{Client, Response};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::engine::docker;

/// Kinds of manifests that a registry may have of an image.
const MANIFESTS: &str =
    "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

/// A registry.
pub(super) struct Place {
    /// Host and port.
    pub(super) host: String,
    pub(super) http: Client,
    /// Name and secret, where it wants to know who asks.
    pub(super) login: Option<(String, String)>,
}

impl Place {
    /// The one that takes everybody.
    pub(super) fn open() -> Self {
        let host = std::env::var("GPUAAS_TEST_REGISTRY").expect("cargo xtask services gives a registry");
        Self { host, http: http(), login: None }
    }

    /// The one that takes a login.
    pub(super) fn private() -> Self {
        let given = std::env::var("GPUAAS_TEST_PRIVATE_REGISTRY").expect("cargo xtask services gives one");
        let (login, host) = given.split_once('@').unwrap();
        let (name, secret) = login.split_once(':').unwrap();
        Self { host: host.to_owned(), http: http(), login: Some((name.to_owned(), secret.to_owned())) }
    }

    /// Pushes an image of the engine's. The login is kept in no file that outlives it.
    pub(super) async fn push(&self, tag: &str) {
        let folder = TempDir::new().unwrap();
        let config = folder.path().to_str().unwrap();
        if let Some((name, secret)) = &self.login {
            docker(&["--config", config, "login", "--username", name, "--password", secret, &self.host]).await;
        }
        docker(&["--config", config, "push", "--quiet", tag]).await;
    }

    /// Kind and bytes of an image's manifest.
    pub(super) async fn manifest(&self, name: &str) -> (String, Vec<u8>) {
        let (repository, digest) = name.split_once('@').unwrap();
        let answer = self.get(repository, &format!("manifests/{digest}")).await;
        let kind = answer.headers()[CONTENT_TYPE].to_str().unwrap().to_owned();
        (kind, answer.bytes().await.unwrap().into())
    }

    pub(super) fn url(&self, repository: &str, what: &str) -> String {
        format!("http://{}/v2/{}/{what}", self.host, repository.split_once('/').unwrap().1)
    }

    pub(super) async fn get(&self, repository: &str, what: &str) -> Response {
        let request = self.http.get(self.url(repository, what)).header(ACCEPT, MANIFESTS);
        let request = match &self.login {
            Some((name, secret)) => request.basic_auth(name, Some(secret)),
            None => request,
        };
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.status());
        answer
    }

    /// Lets the registry have a blob.
    pub(super) async fn store(&self, repository: &str, blob: &str) {
        let begun = self.http.post(self.url(repository, "blobs/uploads/")).send().await.unwrap();
        let place = begun.headers()[LOCATION].to_str().unwrap().to_owned();
        let join = if place.contains('?') { '&' } else { '?' };
        let put = self.http.put(format!("{place}{join}digest={}", digest(blob))).body(blob.to_owned()).send().await;
        assert_eq!(put.unwrap().status().as_u16(), 201);
    }

    /// Takes an image away from the registry.
    pub(super) async fn delete(&self, name: &str) {
        let (repository, digest) = name.split_once('@').unwrap();
        let deleted = self.http.delete(self.url(repository, &format!("manifests/{digest}"))).send().await.unwrap();
        assert_eq!(deleted.status().as_u16(), 202);
    }
}

pub(super) fn digest(text: &str) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(text)))
}

/// A client may be made before anything else has chosen who speaks TLS.
fn http() -> Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    Client::new()
}
