//! The notebook server that the platform's own documents show, from PyPI, in an image made
//! here, launched with the documents' own manifest.

use std::path::PathBuf;
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::place::Place;
use super::world::World;
use super::{image, manifest, tunnel};
use crate::checked::Client;

/// How long a kernel may take to start and to compute.
const PATIENCE: Duration = Duration::from_secs(60);
/// The exposure is private: whoever has the tunnel is in.
const COMMAND: &str = r#"CMD ["python3", "-m", "jupyterlab", "--ip=0.0.0.0", "--port=8888", "--no-browser", "--allow-root", "--IdentityProvider.token="]"#;

/// The image, in the registry.
async fn published() -> image::Published {
    let archive = std::env::var_os("GPUAAS_TEST_JUPYTERLAB").expect("cargo xtask services makes it");
    let changes = ["ENV PYTHONPATH=/opt/jupyter", "WORKDIR /workspace", COMMAND].map(str::to_owned);
    image::publish(&PathBuf::from(archive), "jupyterlab", &changes, &Place::open()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jupyterlab_from_pypi_is_launched_by_digest_and_a_kernel_computes_through_the_tunnel() {
    let (world, image) = (World::start().await, published().await);
    world.offer("jupyterlab", manifest::jupyterlab(), &image).await;
    let allocation = world.allocate().await;
    let mut wish = World::wish("jupyterlab", &allocation);
    wish["config"] = json!({"workspace_mount": "scratch", "exposure_mode": "private"});
    wish["resource_overrides"] = json!({"gpu_count": 0});
    let instance = world.launch(wish).await;
    let shown = running(&world, &instance).await;
    assert_eq!(shown["image"]["registry"], image.name);
    let endpoint = &shown["endpoints"][0];
    assert_eq!((&endpoint["exposure"], &endpoint["address"]), (&json!("private"), &json!("127.0.0.1")));
    let said = tunnel::get(&world.client, &instance, "/api").await;
    let version: Value = serde_json::from_str(&said.body).unwrap();
    assert!(said.status == 200 && version["version"].as_str().unwrap().starts_with("2."), "{said:?}");
    // As a browser would, which brings back what it was given against forged requests.
    let forged = "Cookie: _xsrf=2a\r\nX-XSRFToken: 2a\r\n";
    let kernel = json!({"name": "python3"});
    let kernel = tunnel::ask(&world.client, &instance, "POST", "/api/kernels", forged, &kernel).await;
    assert_eq!(kernel.status, 201, "{}", kernel.body);
    let kernel: Value = serde_json::from_str(&kernel.body).unwrap();
    let result = tokio::time::timeout(PATIENCE, computed(&world.client, &instance, &kernel["id"], "1+1")).await;
    assert_eq!(result.expect("the kernel does not answer"), "2");
    world.remove(&instance).await;
}

/// It takes its time to be fetched and to start.
async fn running(world: &World, instance: &str) -> Value {
    let there = |shown: &Value| shown["status"] == "running" || shown["status"] == "failed";
    let wait = async {
        while !there(&world.client.get(instance).await.expect(200)) {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(4 * PATIENCE, wait).await.expect("it neither runs nor fails");
    world.until(instance, "running").await
}

/// What a kernel answers to an expression, over its websocket.
async fn computed(client: &Client, instance: &str, kernel: &Value, expression: &str) -> String {
    let tunnel = tunnel::open(client, instance, "web").await;
    let url = format!("ws://localhost/api/kernels/{}/channels", kernel.as_str().unwrap());
    let (mut socket, _) = tokio_tungstenite::client_async(url, tunnel).await.unwrap();
    let header = json!({
        "msg_id": "1", "msg_type": "execute_request", "username": "", "session": "1", "date": "", "version": "5.3"
    });
    let content = json!({
        "code": expression, "silent": false, "store_history": false, "user_expressions": {}, "allow_stdin": false,
        "stop_on_error": true
    });
    let request = json!({
        "header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell", "buffers": []
    });
    socket.send(Message::text(request.to_string())).await.unwrap();
    while let Some(message) = socket.next().await {
        let Message::Text(text) = message.unwrap() else { continue };
        let message: Value = serde_json::from_str(&text).unwrap();
        if message["msg_type"] == "execute_result" {
            return message["content"]["data"]["text/plain"].as_str().unwrap().to_owned();
        }
    }
    panic!("the websocket ended without a result")
}
