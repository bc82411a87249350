//! kill -9 of the agent, as the API shows it: what runs is adopted, nothing is started again
//! or doubled, and what died meanwhile has failed with the reason.

use std::time::{Duration, Instant};

use super::engine::{containers, docker, inspect};
use super::world::{World, last};
use super::{image, manifest, tunnel};

/// How often the agent is killed.
const KILLS: usize = 20;
/// How long an agent may take until it serves again.
const BACK: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_is_killed_twenty_times_adopts_what_runs_and_says_what_died() {
    let (mut world, image) = (World::with_process().await, image::web().await);
    world.offer("web", manifest::web("web"), &image).await;
    let allocation = world.allocate().await;
    let mut instances = Vec::new();
    for _ in 0..2 {
        let instance = world.launch(World::wish("web", &allocation)).await;
        world.until(&instance, "running").await;
        instances.push(instance);
    }
    let before = (as_shown(&world, &instances).await, running(&world).await);
    assert_eq!(before.1.len(), 2);
    for _ in 0..KILLS {
        world.kill_process().await;
        world.start_process();
        for instance in &instances {
            until_served(&world, instance).await;
        }
    }
    assert_eq!((as_shown(&world, &instances).await, running(&world).await), before);

    world.kill_process().await;
    let killed = containers("instance", last(&instances[0])).await.remove(0);
    docker(&["kill", &killed]).await;
    world.start_process();
    let failed = world.until(&instances[0], "failed").await;
    assert_eq!(failed["failure"]["code"], "container_exited");
    until_served(&world, &instances[1]).await;
    assert_eq!(inspect(&killed, "{{.State.Running}}").await, "false", "it was started again");
    for instance in &instances {
        world.remove(instance).await;
    }
    assert_eq!(containers("node", &world.node).await, Vec::<String>::new());
}

/// Status, place and version of each instance: a version that stays says that nothing was recorded.
async fn as_shown(world: &World, instances: &[String]) -> Vec<String> {
    let mut shown = Vec::new();
    for instance in instances {
        let reply = world.client.get(instance).await;
        let etag = reply.header("etag").to_owned();
        let body = reply.expect(200);
        shown.push(format!("{} {} {etag}", body["status"], body["endpoints"]));
    }
    shown
}

/// Id and start of each container of the node: what a restart would change.
async fn running(world: &World) -> Vec<String> {
    let mut all = Vec::new();
    for container in containers("node", &world.node).await {
        all.push(inspect(&container, "{{.Id}} {{.State.StartedAt}} {{.State.Running}} {{.RestartCount}}").await);
    }
    all
}

/// Waits until the agent leads to a workload again.
async fn until_served(world: &World, instance: &str) {
    let begun = Instant::now();
    loop {
        let path = format!("{instance}/tunnel/web");
        let asked = world.client.request(reqwest::Method::GET, &path);
        let asked = asked.header("connection", "upgrade").header("upgrade", "tcp").send().await.unwrap();
        if asked.status() == reqwest::StatusCode::SWITCHING_PROTOCOLS {
            break;
        }
        assert!(begun.elapsed() < BACK, "{}", asked.text().await.unwrap());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(tunnel::get(&world.client, instance, "/").await.body, "hello\n");
}
