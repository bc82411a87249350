//! What operators do with nodes.

use gpuaas_domain::bounded::Text;
use gpuaas_domain::node::{Architecture, Gpu, Inventory, RuntimeStatus, Slot};
use gpuaas_domain::node_protocol::report::ReportItem;
use reqwest::Method;
use serde_json::{Value, json};

use super::{enrolled, eventually, registered, shown};
use crate::harness::{Running, all_reached};

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

#[tokio::test]
async fn a_node_shows_what_its_agent_says_that_it_has() {
    let running = Running::start().await;
    let mut node = enrolled(&running, "one").await;
    let gpu = Gpu { uuid: text("GPU-1"), model: text("Model"), memory_bytes: 1 << 34 };
    let slot = Slot { index: 0, cpu_millis: 4000, memory_bytes: 1 << 33, gpus: vec![text("GPU-1")] };
    let inventory = Inventory {
        architecture: Architecture::Amd64,
        cpu_millis: 8000,
        memory_bytes: 1 << 34,
        gpus: vec![gpu],
        slots: vec![slot],
        simulated: true,
    };
    let runtime = RuntimeStatus {
        engine: Some(text("docker")),
        version: Some(text("20.10")),
        isolation: true,
        gpu_support: false,
        problem: None,
    };
    let said = vec![ReportItem::Inventory(inventory), ReportItem::Runtime(runtime)];
    assert_eq!(node.report(said).await.expect(200)["refused"], json!([]));
    let id = node.id.to_string();
    let shown = eventually("the inventory", async || {
        let shown = shown(&running, &id).await;
        shown["inventory"].is_object().then_some(shown)
    })
    .await;
    let slot = json!({
        "index": 0, "cpu_millis": 4000, "memory_bytes": 1u64 << 33, "gpus": ["GPU-1"], "generation": 0,
        "allocation_id": null
    });
    assert_eq!(shown["inventory"]["slots"], json!([slot]));
    assert_eq!((&shown["inventory"]["simulated"], &shown["simulated"]), (&json!(true), &json!(true)));
    assert_eq!(shown["runtime"]["engine"], "docker");
}

#[tokio::test]
async fn every_operation_of_nodes_succeeds_once() {
    let running = Running::start().await;
    let node = enrolled(&running, "one").await;
    let admin = running.admin();
    let of_node = |rest: &str| format!("/api/v1/nodes/{}{rest}", node.id);
    let asked = admin.send(admin.mutation(Method::POST, &of_node("/runtime-status"))).await.expect(202);
    assert_eq!((&asked["kind"], &asked["status"]), (&json!("workload.oci_runtime_status"), &json!("queued")));
    let tasks = admin.get(&of_node("/tasks")).await.expect(200);
    assert_eq!(tasks["items"], json!([asked]));
    let issued = admin.post(&of_node("/enrollment-tokens"), json!({"expires_in": 60})).await.expect(201);
    let token = issued["enrollment"]["id"].as_str().unwrap();
    admin.delete(&of_node(&format!("/enrollment-tokens/{token}"))).await.expect(200);
    for (what, status) in [("/ban", "banned"), ("/unban", "online")] {
        let changed = admin.send(admin.mutation(Method::POST, &of_node(what))).await.expect(200);
        assert_eq!(changed["status"], status);
    }
    admin.get("/api/v1/nodes").await.expect(200);
    admin.get(&of_node("")).await.expect(200);
    let (another, _) = registered(&running, "another").await;
    admin.delete(&format!("/api/v1/nodes/{another}")).await.expect(200);
    let passing = ["logs", "image-progress", "tunnel/{endpoint}"];
    let own = |named: &&(&str, &str)| !passing.iter().any(|part| named.1.ends_with(part));
    all_reached(&super::REACHED.iter().filter(own).copied().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_node_that_no_agent_has_enrolled_as_is_asked_nothing() {
    let running = Running::start().await;
    let (id, _) = registered(&running, "one").await;
    let admin = running.admin();
    let ask = admin.mutation(Method::POST, &format!("/api/v1/nodes/{id}/runtime-status"));
    admin.send(ask).await.refused(409, "node_not_enrolled");
}

#[tokio::test]
async fn nodes_are_listed_by_name_and_found_by_status() {
    let running = Running::start().await;
    registered(&running, "beta").await;
    enrolled(&running, "alpha").await;
    let admin = running.admin();
    let names = async |query: &str| -> Vec<String> {
        let page = admin.get(&format!("/api/v1/nodes{query}")).await.expect(200);
        page["items"].as_array().unwrap().iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect()
    };
    eventually("the node", async || (names("?status=online").await == ["alpha"]).then_some(())).await;
    assert_eq!(names("").await, ["alpha", "beta"]);
    assert_eq!(names("?status=registered").await, ["beta"]);
    assert_eq!(names("?name=beta").await, ["beta"]);
    admin.get("/api/v1/nodes?status=sleeping").await.refused(400, "invalid_parameter");
}

#[tokio::test]
async fn what_is_wrong_with_a_node_is_said() {
    let running = Running::start().await;
    let (id, _) = registered(&running, "one").await;
    let admin = running.admin();
    let register = async |body: Value| admin.post("/api/v1/nodes", body).await;
    register(json!({"name": "one"})).await.refused(409, "name_taken");
    for name in ["", "One", "a b", "-a", &"x".repeat(49), "a\0b"] {
        let refused = register(json!({"name": name})).await;
        assert!(["invalid_field", "malformed_json"].contains(&refused.code()), "{name:?}: {}", refused.body);
    }
    register(json!({"name": "two", "surprise": 1})).await.refused(422, "invalid_field");
    let tokens = format!("/api/v1/nodes/{id}/enrollment-tokens");
    for seconds in [0, 59, 86_401] {
        admin.post(&tokens, json!({"expires_in": seconds})).await.refused(422, "invalid_field");
    }
    let unknown = "node_01h2e8kqvbfwea724h75qc655w";
    for (method, path) in [
        (Method::GET, format!("/api/v1/nodes/{unknown}")),
        (Method::GET, format!("/api/v1/nodes/{unknown}/tasks")),
        (Method::POST, format!("/api/v1/nodes/{unknown}/ban")),
        (Method::POST, format!("/api/v1/nodes/{unknown}/unban")),
        (Method::DELETE, format!("{tokens}/enr_01h2e8kqvbfwea724h75qc655w")),
    ] {
        admin.send(admin.mutation(method, &path)).await.refused(404, "not_found");
    }
    admin.get(&format!("/api/v1/nodes/{}", id.replace("node_", "proj_"))).await.refused(400, "invalid_parameter");
}
