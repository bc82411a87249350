//! Reports: in a chain, each once, and two agents with one key are noticed.

use std::time::Duration;

use gpuaas_domain::Code;
use gpuaas_domain::id::{InstanceId, NodeId};
use gpuaas_domain::node::{BanReason, Node};
use gpuaas_domain::node_protocol::output::ExecutorOutput;
use gpuaas_domain::node_protocol::report::ReportItem;
use gpuaas_domain::node_protocol::task::RuntimeStatusSpec;
use gpuaas_domain::node_task::{End, TaskKind};

use crate::agent::{self, Agent};
use crate::gateway::Gateway;

/// What was said last of a workload without a task.
pub(crate) fn workload(gateway: &Gateway, node: NodeId, instance: InstanceId) -> Option<ExecutorOutput> {
    let items = gateway.items(node);
    items.into_iter().rev().find_map(|item| match item {
        ReportItem::Workload(report) if report.instance == instance => Some(report.output),
        _ => None,
    })
}

async fn settle(gateway: &Gateway, node: NodeId) {
    let task = gateway.queue(node, TaskKind::OciRuntimeStatus, 0, &RuntimeStatusSpec {});
    assert!(matches!(gateway.end(task).await, End::Succeeded(_)));
}

#[tokio::test]
async fn a_report_whose_answer_was_lost_counts_once() {
    let gateway = Gateway::start().await;
    let (node, token) = gateway.register(true);
    let _agent = Agent::simulated(&gateway, token);
    gateway.online(node).await;
    gateway.passed().lose_answers = 3;
    for _ in 0..5 {
        settle(&gateway, node).await;
    }
    let platform = gateway.platform();
    let numbers: Vec<u64> = platform.nodes[&node]
        .reports
        .iter()
        .map(|report| {
            serde_json::from_str::<serde_json::Value>(&report.body).unwrap()["chain"]["sequence"].as_u64().unwrap()
        })
        .collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    assert_eq!((platform.refusals.len(), gateway.passed().lose_answers), (0, 0));
}

#[tokio::test]
async fn a_clone_of_a_nodes_key_is_noticed_and_the_node_banned() {
    let gateway = Gateway::start().await;
    let (node, token) = gateway.register(true);
    let agent = Agent::simulated(&gateway, token);
    gateway.online(node).await;
    settle(&gateway, node).await;
    let folder = agent.stop().await;
    let clone = tempfile::tempdir().unwrap();
    for file in ["key.pem", "certificate.json", "journal"] {
        std::fs::copy(folder.path().join(file), clone.path().join(file)).unwrap();
    }
    let agent = Agent::start_in(folder, |folder| agent::simulated(&gateway, folder, None));
    gateway.online(node).await;
    settle(&gateway, node).await;
    let _folder = agent.stop().await;
    let _clone = Agent::start_in(clone, |folder| agent::simulated(&gateway, folder, None));
    gateway.queue(node, TaskKind::OciRuntimeStatus, 0, &RuntimeStatusSpec {});
    let banned =
        || matches!(gateway.platform().nodes[&node].node, Node::Banned { reason: BanReason::ReportsForked, .. });
    gateway.eventually("the ban", || banned().then_some(())).await;
    assert_eq!(gateway.platform().refusals.first(), Some(&Code::ReportForked));
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!gateway.platform().is_connected(node));
}
