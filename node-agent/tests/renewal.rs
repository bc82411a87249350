//! Certificates: renewed, got back, taken away.

use std::time::Duration;

use gpuaas_domain::node_protocol::output::Lifecycle;
use gpuaas_domain::node_protocol::task::RuntimeStatusSpec;
use gpuaas_domain::node_task::{End, TaskKind};

use crate::agent::{self, Agent};
use crate::gateway::Gateway;
use crate::specs;

#[tokio::test]
async fn certificates_are_renewed_without_a_lost_report() {
    let gateway = Gateway::start_with(Duration::from_secs(4), 1).await;
    let (node, token) = gateway.register(true);
    let _agent = Agent::simulated(&gateway, token);
    gateway.online(node).await;
    let spec = specs::launch(node, specs::any_image());
    let instance = spec.identity.instance;
    let launched = gateway.queue(node, TaskKind::OciLaunch, 1, &spec);
    assert!(matches!(gateway.end(launched).await, End::Succeeded(_)));
    let mut tasks = Vec::new();
    while gateway.passed().renewals < 3 {
        tasks.push(gateway.queue(node, TaskKind::OciRuntimeStatus, 0, &RuntimeStatusSpec {}));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for task in tasks {
        assert!(matches!(gateway.end(task).await, End::Succeeded(_)));
    }
    let attested = gateway.platform().attested(node, instance);
    assert!(attested.len() >= 4, "{attested:?}");
    assert!(attested.windows(2).all(|pair| pair[0].1 == pair[1].0), "a gap in {attested:?}");
    assert_eq!(gateway.platform().refusals, []);
}

#[tokio::test]
async fn a_node_that_was_off_too_long_comes_back_with_its_key() {
    let gateway = Gateway::start_with(Duration::from_secs(2), 60).await;
    let (node, token) = gateway.register(true);
    let agent = Agent::simulated(&gateway, token);
    gateway.online(node).await;
    let folder = agent.stop().await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    gateway.set_lifetime(Duration::from_secs(3600));
    let _back = Agent::start_in(folder, |folder| agent::simulated(&gateway, folder, None));
    gateway.online(node).await;
    assert_eq!(gateway.passed().recoveries, 1);
}

#[tokio::test]
async fn a_banned_nodes_stream_closes_and_its_certificate_counts_no_more() {
    let gateway = Gateway::start().await;
    let (node, token) = gateway.register(true);
    let _agent = Agent::simulated(&gateway, token);
    gateway.online(node).await;
    gateway.eventually("a heartbeat", || gateway.passed().heartbeats.get(&node).copied()).await;
    let streams = gateway.platform().nodes[&node].streams;
    gateway.ban(node);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let beats = gateway.passed().heartbeats[&node];
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(!gateway.platform().is_connected(node));
    assert_eq!((gateway.platform().nodes[&node].streams, gateway.passed().heartbeats[&node]), (streams, beats));
}

#[tokio::test]
async fn a_simulated_workload_ends_with_its_process_and_is_reported_failed() {
    let gateway = Gateway::start().await;
    let (node, token) = gateway.register(true);
    let agent = Agent::simulated(&gateway, token);
    let spec = specs::launch(node, specs::any_image());
    let launched = gateway.queue(node, TaskKind::OciLaunch, 1, &spec);
    assert!(matches!(gateway.end(launched).await, End::Succeeded(_)));
    let folder = agent.stop().await;
    let _again = Agent::start_in(folder, |folder| agent::simulated(&gateway, folder, None));
    let ended =
        gateway.eventually("the end", || crate::reports::workload(&gateway, node, spec.identity.instance)).await;
    assert_eq!(ended.lifecycle, Lifecycle::Failed);
}
