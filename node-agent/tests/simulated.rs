//! Many agents in one process.

use std::time::{Duration, Instant};

use gpuaas_domain::node_protocol::report::{ReportItem, TaskStep};
use gpuaas_domain::node_task::{End, TaskKind};
use gpuaas_node_agent::{Simulation, simulate};
use tokio_util::sync::CancellationToken;

use crate::gateway::Gateway;
use crate::specs;

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_simulated_agents_run_in_one_process() {
    let gateway = Gateway::start().await;
    let (nodes, tokens): (Vec<_>, Vec<_>) = (0..100).map(|_| gateway.register(true)).unzip();
    let folder = tempfile::tempdir().unwrap();
    let shutdown = CancellationToken::new();
    let simulation = Simulation {
        server: gateway.address.clone(),
        folder: folder.path().to_owned(),
        tokens,
        slots: 8,
        start_takes: Duration::from_millis(20),
    };
    let running = tokio::spawn(simulate(simulation, shutdown.clone()));
    for node in &nodes {
        gateway.online(*node).await;
    }
    let begun = Instant::now();
    let tasks: Vec<_> = nodes
        .iter()
        .map(|node| gateway.queue(*node, TaskKind::OciLaunch, 1, &specs::launch(*node, specs::any_image())))
        .collect();
    for task in tasks {
        assert!(matches!(gateway.end(task).await, End::Succeeded(_)));
    }
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    let accepted = |item: &ReportItem| matches!(item, ReportItem::Task(report) if report.step == TaskStep::Accepted);
    assert!(nodes.iter().all(|node| gateway.items(*node).iter().filter(|item| accepted(item)).count() == 1));
    shutdown.cancel();
    running.await.unwrap().unwrap();
}
