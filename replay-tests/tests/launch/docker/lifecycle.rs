//! From an image in a registry to a workload that answers, and to nothing left of it.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;

use super::engine::{containers, docker, inspect, networks};
use super::world::{World, dial, last};
use super::{image, manifest, tunnel};
use crate::checked::{Client, WITH_A_NODE, all_reached};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workload_is_launched_by_digest_reached_read_stopped_started_restarted_and_removed() {
    let (world, image) = (World::start().await, image::web().await);
    world.offer("web", manifest::web("web"), &image).await;
    let allocation = world.allocate().await;
    let instance = world.launch(World::wish("web", &allocation)).await;
    its_image_is_seen_to_come(&world, &instance).await;
    let running = world.until(&instance, "running").await;
    assert_eq!((&running["image"]["registry"], &running["node_id"]), (&json!(image.name), &json!(world.node)));
    let [container] = &containers("instance", last(&instance)).await[..] else { panic!("one container") };
    assert!(inspect(container, "{{.State.Running}}").await.contains("true"));
    it_answers(&world, &instance, &running).await;
    its_lines_are_read_by_number(&world, &instance).await;
    let told = world.client.act(&format!("{instance}/app-token")).await.expect(200);
    let given = docker(&["exec", container, "/bin/sh", "-c", "echo $APP_TOKEN"]).await;
    assert_eq!(told["token"], given);

    let started = inspect(container, "{{.State.StartedAt}}").await;
    let stopped = world.act(&instance, "stop", "stopped").await;
    assert_eq!((&stopped["endpoints"][0]["port"], &stopped["failure"]), (&Value::Null, &Value::Null));
    assert_eq!(inspect(container, "{{.State.Running}}").await, "false");
    assert_eq!(tunnel::refused(&world.client, &instance).await, (409, "instance_state_conflict".to_owned()));
    let again = world.act(&instance, "start", "running").await;
    it_answers(&world, &instance, &again).await;
    let restarted = world.act(&instance, "restart", "running").await;
    it_answers(&world, &instance, &restarted).await;
    assert_eq!(containers("instance", last(&instance)).await, std::slice::from_ref(container));
    assert!(inspect(container, "{{.State.StartedAt}}").await > started);

    world.act(&instance, "decommission", "decommissioned").await;
    assert_eq!(containers("instance", last(&instance)).await, Vec::<String>::new());
    assert_eq!(networks(last(&instance)).await, Vec::<String>::new());
    another_is_cancelled_and_another_deleted(&world, &allocation).await;
    released(&world, &allocation).await;
    all_reached(&WITH_A_NODE);
}

/// While the node is at it, the image is there and the workload sleeps before it answers.
async fn its_image_is_seen_to_come(world: &World, instance: &str) {
    let path = format!("{instance}/image-progress");
    let seen =
        |shown: &Value| shown["layers_total"].as_u64() > Some(0) && shown["layers_done"] == shown["layers_total"];
    let progress = world.client.until(&path, seen).await;
    assert_eq!((&progress["fetching"], &progress["layers_total"]), (&json!(true), &json!(1)));
}

async fn it_answers(world: &World, instance: &str, shown: &Value) {
    let said = tunnel::get(&world.client, instance, "/").await;
    assert_eq!((said.status, said.body.as_str()), (200, "hello\n"));
    assert!(dial(shown).await.is_ok(), "nobody listens at {}", shown["endpoints"]);
}

async fn its_lines_are_read_by_number(world: &World, instance: &str) {
    let path = format!("{instance}/logs");
    let whole = world.client.until(&path, |page| page["lines"].as_array().unwrap().len() >= 2).await;
    let lines = whole["lines"].as_array().unwrap();
    assert_eq!((&lines[0]["text"], &lines[0]["sequence"]), (&json!("started"), &json!(1)));
    assert!(lines[1]["text"].as_str().unwrap().contains("response:200"), "{lines:?}");
    let rest = world.client.get(&format!("{path}?from_sequence=2&limit=1")).await.expect(200);
    assert_eq!((&rest["lines"][0], &rest["first_sequence"]), (&lines[1], &json!(1)));
}

async fn another_is_cancelled_and_another_deleted(world: &World, allocation: &str) {
    let sleeps = image::shell("exec sleep 600").await;
    world.offer("sleeper", manifest::web("sleeper"), &sleeps).await;
    let instance = world.launch(World::wish("sleeper", allocation)).await;
    let deploying = |shown: &Value| shown["status"] == "deploying" && shown["waiting"] == "readiness";
    world.client.until(&instance, deploying).await;
    until_there(last(&instance)).await;
    world.act(&instance, "cancel", "decommissioned").await;
    assert_eq!(containers("instance", last(&instance)).await, Vec::<String>::new());
    let instance = world.launch(World::wish("web", allocation)).await;
    world.until(&instance, "running").await;
    world.remove(&instance).await;
    assert_eq!(containers("instance", last(&instance)).await, Vec::<String>::new());
}

async fn until_there(instance: &str) {
    for _ in 0..200 {
        if !containers("instance", instance).await.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no container of {instance} is made")
}

/// What is on an allocation goes with it.
async fn released(world: &World, allocation: &str) {
    let instance = world.launch(World::wish("web", allocation)).await;
    world.until(&instance, "running").await;
    let path = format!("{}/allocations/{allocation}", world.project);
    assert_eq!(world.client.delete(&path).await.expect(202)["status"], "releasing");
    world.client.until(&path, |shown| shown["status"] == "released").await;
    assert_eq!(world.client.get(&instance).await.expect(200)["status"], "decommissioned");
    assert_eq!(containers("node", &world.node).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tunnel_closes_when_the_token_that_opened_it_is_revoked() {
    let (world, image) = (World::start().await, image::web().await);
    world.offer("web", manifest::web("web"), &image).await;
    let allocation = world.allocate().await;
    let instance = world.launch(World::wish("web", &allocation)).await;
    world.until(&instance, "running").await;
    let issued = world.client.post("/api/v1/users/me/tokens", json!({"name": "tunnel"})).await.expect(201);
    let bearer = issued["bearer"].as_str().unwrap().to_owned();
    let visitor: Client = world.platform.client(&bearer);
    let mut open = tunnel::open(&visitor, &instance, "web").await;
    let mut byte = [0; 1];
    let waited = tokio::time::timeout(Duration::from_millis(500), open.read(&mut byte)).await;
    assert!(waited.is_err(), "it is not open: {waited:?}");
    let token = format!("/api/v1/users/me/tokens/{}", issued["token"]["id"].as_str().unwrap());
    world.client.delete(&token).await.expect(200);
    let closed = tokio::time::timeout(Duration::from_secs(5), open.read(&mut byte)).await;
    assert!(matches!(closed, Ok(Ok(0) | Err(_))), "it is open still: {closed:?}");
    assert_eq!(tunnel::refused(&visitor, &instance).await.0, 401);
    assert_eq!(tunnel::get(&world.client, &instance, "/").await.status, 200);
}
