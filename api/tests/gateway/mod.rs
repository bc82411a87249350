//! The node gateway, as nodes meet it: over real mTLS, from agents that keep to the
//! protocol and from some that do not. The agent itself is tested against it in `replay-tests`.

mod access;
mod credentials;
mod enrollment;
mod node;
mod operators;
mod passing;
mod records;
mod removal;
mod reports;
mod tasks;

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::Running;
use node::{Key, Node};

/// The operations that these tests reach.
pub(crate) const REACHED: &[(&str, &str)] = &[
    ("GET", "/api/v1/nodes"),
    ("POST", "/api/v1/nodes"),
    ("GET", "/api/v1/nodes/{node_id}"),
    ("DELETE", "/api/v1/nodes/{node_id}"),
    ("GET", "/api/v1/nodes/{node_id}/tasks"),
    ("POST", "/api/v1/nodes/{node_id}/runtime-status"),
    ("POST", "/api/v1/nodes/{node_id}/enrollment-tokens"),
    ("DELETE", "/api/v1/nodes/{node_id}/enrollment-tokens/{enrollment_id}"),
    ("POST", "/api/v1/nodes/{node_id}/ban"),
    ("POST", "/api/v1/nodes/{node_id}/unban"),
    ("GET", "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/logs"),
    ("GET", "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/image-progress"),
    ("GET", "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/tunnel/{endpoint}"),
];

/// How long anything may take that is to happen soon.
const SOON: Duration = Duration::from_secs(10);

/// A registered node: its id, and an enrollment token.
async fn registered(running: &Running, name: &str) -> (String, String) {
    let admin = running.admin();
    let node = admin.post("/api/v1/nodes", json!({"name": name, "simulated": true})).await.expect(201);
    let id = node["id"].as_str().unwrap().to_owned();
    let token = issued(running, &id).await;
    (id, token)
}

/// Another enrollment token for a node.
async fn issued(running: &Running, node: &str) -> String {
    let path = format!("/api/v1/nodes/{node}/enrollment-tokens");
    let issued = running.admin().post(&path, json!({})).await.expect(201);
    issued["token"].as_str().unwrap().to_owned()
}

/// An enrolled node, with the gateway's word that it counts.
async fn enrolled(running: &Running, name: &str) -> Node {
    let (_, token) = registered(running, name).await;
    let node = Node::enroll(running, &token, Key::new()).await.unwrap();
    node.beat().await.expect(200);
    node
}

/// Waits until something holds.
async fn eventually<F: Future<Output = Option<T>>, T>(what: &str, probe: impl Fn() -> F) -> T {
    let wait = async {
        loop {
            match probe().await {
                Some(found) => return found,
                None => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    };
    tokio::time::timeout(SOON, wait).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// A node as the operator sees it, as of now.
async fn shown(running: &Running, id: &str) -> Value {
    let head = *running.log().head().borrow();
    running.app().reads.wait(head).await.unwrap();
    running.admin().get(&format!("/api/v1/nodes/{id}")).await.expect(200)
}
