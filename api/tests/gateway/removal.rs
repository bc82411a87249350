//! Nodes that are gone for good.

use serde_json::{Value, json};

use super::node::{Key, Node};
use super::{enrolled, issued, registered};
use crate::harness::Running;

#[tokio::test]
async fn a_removed_node_is_nobodys_any_more_and_its_name_is_free() {
    let running = Running::start().await;
    let node = enrolled(&running, "one").await;
    let admin = running.admin();
    let path = format!("/api/v1/nodes/{}", node.id);
    let unused = issued(&running, &node.id.to_string()).await;
    admin.delete(&path).await.refused(409, "node_online");
    admin.act(&format!("{path}/ban")).await.expect(200);
    let removed = admin.delete(&path).await.expect(200);
    assert_eq!((&removed["status"], &removed["identity"]), (&json!("removed"), &Value::Null));
    assert_eq!(admin.delete(&path).await.expect(200)["updated_at"], removed["updated_at"]);
    assert_eq!(admin.get("/api/v1/nodes?status=removed").await.expect(200)["items"][0]["id"], removed["id"]);

    node.beat().await.refused(401, "node_certificate_unknown");
    Node::enroll(&running, &unused, Key::new()).await.err().unwrap().refused(409, "node_removed");
    for asked in ["ban", "unban", "runtime-status"] {
        admin.act(&format!("{path}/{asked}")).await.refused(409, "node_removed");
    }
    admin.post(&format!("{path}/enrollment-tokens"), json!({})).await.refused(409, "node_removed");
    registered(&running, "one").await;
}
