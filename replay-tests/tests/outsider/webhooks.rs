//! Webhooks whose signatures are checked in another language, by libraries that are not ours.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use gpuaas_api::Config;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::checked::Client;

/// A receiver in Python, which ends with the test.
struct Receiver {
    process: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
    port: u16,
}

impl Receiver {
    fn start() -> Self {
        let python = std::env::var_os("GPUAAS_TEST_OUTSIDER_PYTHON").expect("cargo xtask test makes it and names it");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("outsider/receiver.py");
        let mut command = Command::new(python);
        command.arg("-B").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.next().unwrap().unwrap().parse().unwrap();
        Self { process, lines, port }
    }

    fn tell(&mut self, keys: &Value) {
        writeln!(self.process.stdin.as_mut().unwrap(), "{keys}").unwrap();
    }

    fn next(&mut self) -> Value {
        serde_json::from_str(&self.lines.next().expect("it ended").unwrap()).unwrap()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn libraries_that_are_not_ours_accept_the_signatures_of_webhooks() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let mut receiver = Receiver::start();
    let directory = TempDir::new().unwrap();
    let mut config = Config::embedded(directory.path(), SocketAddr::from(([127, 0, 0, 1], 0)));
    let host = format!("127.0.0.1:{}", receiver.port);
    config.webhooks.destinations.listed.insert(host.parse().unwrap());
    config.webhooks.look_every = Duration::from_millis(50);
    let server = gpuaas_api::serve(config).await.unwrap();
    let token = std::fs::read_to_string(directory.path().join("admin.token")).unwrap();
    let admin = Client::new(server.address(), Some(token.trim().to_owned()));

    let acme = admin.post("/api/v1/orgs", json!({"slug": "acme", "display_name": "Acme"})).await.expect(201);
    let acme = acme["id"].as_str().unwrap();
    let webhooks = format!("/api/v1/orgs/{acme}/webhooks");
    let body = |path: &str, algorithm: &str| json!({"url": format!("http://{host}/{path}"), "algorithm": algorithm, "events": ["project.created"]});
    let shared = admin.post(&webhooks, body("secret", "hmac_sha256")).await.expect(201);
    let public = admin.post(&webhooks, body("public", "ed25519")).await.expect(201);
    assert_eq!(public["secret"], Value::Null);
    receiver.tell(&json!({"secret": shared["secret"], "public_key": public["webhook"]["keys"][0]["public_key"]}));
    for slug in ["one", "two"] {
        let project = json!({"slug": slug, "display_name": slug});
        admin.post(&format!("/api/v1/orgs/{acme}/projects"), project).await.expect(201);
    }
    let seen = tokio::task::spawn_blocking(move || (0..4).map(|_| receiver.next()).collect::<Vec<_>>()).await.unwrap();
    let ids: BTreeSet<&str> = seen.iter().map(|seen| seen["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 4);
    for seen in &seen {
        assert_eq!((&seen["holds"], &seen["altered"]), (&json!(true), &json!(false)), "{seen}");
    }
    assert_eq!(seen.iter().filter(|seen| seen["path"] == "/public").count(), 2);
    server.shutdown().await;
}
