//! Real agents on a real server, over real mTLS; only their containers are not there.

pub(crate) mod platform;
mod tour;

use std::time::{Duration, Instant};

use gpuaas_domain::node_protocol::path;
use platform::{Agent, Platform, copied};
use serde_json::Value;

/// How many tasks an agent is given.
const TASKS: usize = 10;

fn serials(node: &Value) -> Vec<&str> {
    let certificates = node["identity"]["certificates"].as_array().into_iter().flatten();
    certificates.map(|certificate| certificate["serial"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_enrolls_does_its_tasks_in_order_and_reports_them() {
    let platform = Platform::start(|_| {}).await;
    let node = platform.register("one").await;
    let agent = Agent::start(&platform, Some(&node.token));
    let has_said = |node: &Value| node["inventory"].is_object() && node["runtime"].is_object();
    let shown = platform.node_when(&node.id, |node| node["status"] == "online" && has_said(node)).await;
    assert_eq!((&shown["simulated"], &shown["runtime"]["engine"]), (&true.into(), &"simulated".into()));
    let queued = platform.ask(&node.id, TASKS).await;
    platform.until_succeeded(&node.id, TASKS).await;
    assert_eq!(platform.delivered(&node.id).await, queued);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_is_renewed_under_a_shortened_lifetime_without_a_lost_report() {
    let platform = Platform::start(|config| config.gateway.certificate = Duration::from_secs(4)).await;
    let node = platform.register("one").await;
    let agent = Agent::start(&platform, Some(&node.token));
    let first = platform.node_when(&node.id, |node| node["status"] == "online").await;
    let first = serials(&first)[0].to_owned();
    // The certificate in force at the beginning has been forgotten by the end: four are kept.
    let (mut asked, began) = (Vec::new(), Instant::now());
    while serials(&platform.node(&node.id).await).contains(&&*first) {
        assert!(began.elapsed() < Duration::from_secs(60), "it was not renewed so often");
        asked.extend(platform.ask(&node.id, 1).await);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    platform.until_succeeded(&node.id, asked.len()).await;
    assert_eq!(platform.delivered(&node.id).await, asked);
    // Each report names the one before, so that none is missing.
    assert!(platform.chain_is_whole(&node.id).await);
    assert_eq!(platform.node(&node.id).await["status"], "online");
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_was_off_for_longer_than_its_certificate_lasts_comes_back() {
    let platform = Platform::start(|config| config.gateway.certificate = Duration::from_secs(2)).await;
    let node = platform.register("one").await;
    let agent = Agent::start(&platform, Some(&node.token));
    platform.node_when(&node.id, |node| node["status"] == "online").await;
    let folder = agent.stop().await;
    let asked = platform.ask(&node.id, 3).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let agent = Agent::in_folder(&platform, folder, None);
    platform.until_succeeded(&node.id, 3).await;
    assert_eq!(platform.delivered(&node.id).await, asked);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clone_of_an_agent_is_noticed_and_its_node_banned() {
    let platform = Platform::start(|_| {}).await;
    let node = platform.register("one").await;
    let agent = Agent::start(&platform, Some(&node.token));
    platform.node_when(&node.id, |node| node["status"] == "online").await;
    platform.ask(&node.id, 1).await;
    platform.until_succeeded(&node.id, 1).await;
    let folder = agent.stop().await;
    let clone = copied(&folder);
    let (agent, clone) = (Agent::in_folder(&platform, folder, None), Agent::in_folder(&platform, clone, None));
    // Each of them tells of the task in a report of its own.
    platform.ask(&node.id, 1).await;
    let banned = platform.node_when(&node.id, |node| node["status"] == "banned").await;
    assert_eq!(banned["ban_reason"], "reports_forked");
    agent.stop().await;
    clone.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_banned_agents_stream_ends_and_whatever_it_asks_for_then_is_refused() {
    let platform = Platform::start(|config| config.gateway.heartbeat = Duration::from_secs(1)).await;
    let node = platform.register("one").await;
    let agent = Agent::start(&platform, Some(&node.token));
    platform.node_when(&node.id, |node| node["status"] == "online").await;
    platform.ask(&node.id, 1).await;
    platform.until_succeeded(&node.id, 1).await;
    platform.ban(&node.id).await;
    // It asks for another stream, because the one that it had has ended.
    platform.until_forbidden("GET", path::TASKS).await;
    platform.until_forbidden("POST", path::HEARTBEAT).await;
    assert_eq!(platform.node(&node.id).await["ban_reason"], "operator");
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_that_ends_goes_offline_and_gets_what_was_queued_meanwhile() {
    let platform = Platform::start(|config| {
        config.gateway.heartbeat = Duration::from_secs(1);
        config.gateway.offline_after = Duration::from_secs(3);
    })
    .await;
    let node = platform.register("one").await;
    let agent = Agent::start(&platform, Some(&node.token));
    platform.node_when(&node.id, |node| node["status"] == "online").await;
    let folder = agent.stop().await;
    platform.node_when(&node.id, |node| node["status"] == "offline").await;
    let asked = platform.ask(&node.id, TASKS).await;
    let agent = Agent::in_folder(&platform, folder, None);
    platform.node_when(&node.id, |node| node["status"] == "online").await;
    platform.until_succeeded(&node.id, TASKS).await;
    assert_eq!(platform.delivered(&node.id).await, asked);
    agent.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_agents_get_each_task_once_and_in_order_while_the_server_restarts() {
    const AGENTS: usize = 12;
    let mut platform = Platform::start(|_| {}).await;
    let (mut nodes, mut agents) = (Vec::new(), Vec::new());
    for number in 0..AGENTS {
        let node = platform.register(&format!("node-{number}")).await;
        agents.push(Agent::start(&platform, Some(&node.token)));
        nodes.push((node, Vec::new()));
    }
    for (node, asked) in &mut nodes {
        platform.node_when(&node.id, |node| node["status"] == "online").await;
        asked.extend(platform.ask(&node.id, TASKS / 2).await);
    }
    platform.restart().await;
    for (node, asked) in &mut nodes {
        asked.extend(platform.ask(&node.id, TASKS / 2).await);
    }
    for (node, asked) in &nodes {
        platform.until_succeeded(&node.id, TASKS).await;
        assert_eq!(platform.delivered(&node.id).await, *asked);
        assert!(platform.chain_is_whole(&node.id).await);
    }
    for agent in agents {
        agent.stop().await;
    }
}
