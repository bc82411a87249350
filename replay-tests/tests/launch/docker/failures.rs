//! Workloads that fail: why is said, what they wrote can be read, and they can be made anew.

use serde_json::{Value, json};

use super::engine::{containers, docker, networks};
use super::place::Place;
use super::world::{World, last};
use super::{image, manifest, tunnel};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workload_that_never_answers_fails_with_its_log_and_is_launched_anew() {
    let world = World::start().await;
    let mute = image::shell("echo nobody answers; exec sleep 600").await;
    world.offer("mute", manifest::ready_within("mute", 2), &mute).await;
    let allocation = world.allocate().await;
    let instance = world.launch(World::wish("mute", &allocation)).await;
    let failed = world.until(&instance, "failed").await;
    assert_eq!(failed["failure"]["code"], "readiness_timeout");
    let wrote = |page: &Value| page["lines"][0]["text"] == "nobody answers";
    world.client.until(&format!("{instance}/logs"), wrote).await;
    let first = containers("instance", last(&instance)).await;
    world.client.act(&format!("{instance}/start")).await.expect(202);
    world.until(&instance, "starting").await;
    world.until(&instance, "failed").await;
    // What was left of the first made room.
    let second = containers("instance", last(&instance)).await;
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_ne!(first, second);
    assert_eq!(networks(last(&instance)).await.len(), 1);
    // The next one is left off while it is made.
    world.client.act(&format!("{instance}/start")).await.expect(202);
    world.client.act(&format!("{instance}/cancel")).await.expect(202);
    world.client.until(&instance, |shown| shown["status"] == "decommissioned").await;
    assert_eq!(containers("instance", last(&instance)).await, Vec::<String>::new());
    assert_eq!(networks(last(&instance)).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workload_that_dies_has_failed_with_the_reason_and_runs_again_on_demand() {
    let (world, image) = (World::start().await, image::web().await);
    world.offer("web", manifest::web("web"), &image).await;
    let allocation = world.allocate().await;
    let instance = world.launch(World::wish("web", &allocation)).await;
    world.until(&instance, "running").await;
    let container = containers("instance", last(&instance)).await.remove(0);
    docker(&["kill", &container]).await;
    let failed = world.until(&instance, "failed").await;
    assert_eq!(failed["failure"]["code"], "container_exited");
    assert!(failed["failure"]["message"].as_str().unwrap().contains("137"), "{failed}");
    world.client.act(&format!("{instance}/start")).await.expect(202);
    world.client.until(&instance, |shown| shown["status"] == "running").await;
    assert_eq!(tunnel::get(&world.client, &instance, "/").await.body, "hello\n");
    // Its end is seen before it is gone, or not: the engine does one after the other.
    docker(&["rm", "--force", &container]).await;
    world.until(&instance, "failed").await;
    world.client.act(&format!("{instance}/start")).await.expect(202);
    let gone = |shown: &Value| shown["status"] == "failed" && shown["failure"]["code"] == "container_removed";
    world.client.until(&instance, gone).await;
    world.remove(&instance).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_image_that_is_gone_from_the_registry_fails_the_launch() {
    let (world, image) = (World::start().await, image::web().await);
    world.offer("web", manifest::web("web"), &image).await;
    let allocation = world.allocate().await;
    Place::open().delete(&image.name).await;
    let instance = world.launch(World::wish("web", &allocation)).await;
    let failed = world.until(&instance, "failed").await;
    assert_eq!(failed["failure"]["code"], "image_not_found");
    assert_eq!(containers("instance", last(&instance)).await, Vec::<String>::new());
    // Others find room: what has failed holds its share until it is removed.
    world.remove(&instance).await;
    let shown = world.client.get(&format!("{}/allocations/{allocation}", world.project)).await.expect(200);
    assert_eq!(shown["app_instance_ids"], json!([]));
}
