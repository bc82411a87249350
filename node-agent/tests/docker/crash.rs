//! kill -9 of the agent: what runs is adopted, nothing is started again or doubled, and what
//! died meanwhile is said.

use std::time::Duration;

use bollard::Docker;
use bollard::query_parameters::{KillContainerOptions, RemoveContainerOptionsBuilder};
use gpuaas_domain::id::{InstanceId, NodeId};
use gpuaas_domain::node_protocol::output::{FailureCode, Lifecycle};
use gpuaas_domain::node_protocol::task::LaunchSpec;
use gpuaas_domain::node_task::TaskKind;
use tokio::process::Child;

use super::engine::{self, Sweeper, TestImage, container, containers};
use super::world::{command, get, outcome, web};
use crate::agent::process;
use crate::gateway::Gateway;
use crate::reports::workload;

async fn kill(mut agent: Child) {
    // SIGKILL: the agent is not asked.
    agent.kill().await.unwrap();
}

/// Ids and start times of all containers of a node: what a restart would change.
async fn running(docker: &Docker, node: NodeId) -> Vec<(String, String)> {
    let found = containers(docker, node).await.into_iter().map(|container| {
        let state = container.state.unwrap();
        assert_eq!(state.running, Some(true));
        (container.id.unwrap(), state.started_at.unwrap())
    });
    let mut all: Vec<_> = found.collect();
    all.sort();
    all
}

fn attested_until(gateway: &Gateway, node: NodeId, instance: InstanceId) -> u64 {
    gateway.platform().attested(node, instance).last().map_or(0, |(_, until)| *until)
}

fn micros() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_micros() as u64
}

#[tokio::test]
async fn twenty_killed_agents_leave_what_runs_alone() {
    let gateway = Gateway::start_with(Duration::from_secs(3600), 1).await;
    let (node, token) = gateway.register(false);
    let (docker, image, _sweeper) = (engine::connect().await, TestImage::make().await, Sweeper(node));
    let folder = tempfile::tempdir().unwrap();
    let mut agent = process(&gateway, folder.path(), Some(&token));
    let specs: Vec<LaunchSpec> = (0..3).map(|_| web(node, image.local())).collect();
    let mut ports = Vec::new();
    for spec in &specs {
        let output = outcome(gateway.end(gateway.queue(node, TaskKind::OciLaunch, 1, spec)).await).unwrap();
        ports.push(output.endpoints[0].port);
    }
    let before = running(&docker, node).await;
    assert_eq!(before.len(), 3);
    for _ in 0..20 {
        kill(agent).await;
        let killed = micros();
        agent = process(&gateway, folder.path(), None);
        let adopted = || {
            let all = specs.iter().all(|spec| attested_until(&gateway, node, spec.identity.instance) > killed);
            all.then_some(())
        };
        gateway.eventually("all workloads to be adopted", adopted).await;
    }
    assert_eq!(running(&docker, node).await, before);
    for (spec, port) in specs.iter().zip(ports) {
        assert!(get(("127.0.0.1".into(), port)).await.ends_with("hello\n"));
        assert_eq!(workload(&gateway, node, spec.identity.instance), None, "nothing was said, as nothing changed");
        let attested = gateway.platform().attested(node, spec.identity.instance);
        assert!(attested.windows(2).all(|pair| pair[0].1 == pair[1].0), "the absences are covered: {attested:?}");
    }
    assert_eq!(gateway.platform().refusals, []);
    kill(agent).await;
    died_meanwhile(&gateway, node, &docker, &specs, folder.path()).await;
}

/// One was killed and one removed while the agent was off; the third ran on.
async fn died_meanwhile(
    gateway: &Gateway,
    node: NodeId,
    docker: &Docker,
    specs: &[LaunchSpec],
    folder: &std::path::Path,
) {
    let [killed, removed, lives] = [0, 1, 2].map(|place: usize| specs[place].identity.instance);
    let id = container(docker, killed).await.id.unwrap();
    docker.kill_container(&id, None::<KillContainerOptions>).await.unwrap();
    let id = container(docker, removed).await.id.unwrap();
    let force = RemoveContainerOptionsBuilder::default().force(true).build();
    let attested_before = attested_until(gateway, node, removed);
    docker.remove_container(&id, Some(force)).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let restarted = micros();
    let agent = process(gateway, folder, None);
    for (instance, code) in [(killed, FailureCode::ContainerExited), (removed, FailureCode::ContainerRemoved)] {
        let ended = gateway.eventually("the end", || workload(gateway, node, instance)).await;
        assert_eq!((ended.lifecycle, ended.history.failure.unwrap().code), (Lifecycle::Failed, code));
    }
    let finished = workload(gateway, node, killed).unwrap().status.finished_at.unwrap().0;
    assert_eq!(attested_until(gateway, node, killed), finished, "attested until it died, and no further");
    assert_eq!(attested_until(gateway, node, removed), attested_before, "nothing proves that it ran on");
    let adopted = || (attested_until(gateway, node, lives) > restarted).then_some(());
    gateway.eventually("the third to be adopted", adopted).await;
    kill(agent).await;
}

#[tokio::test]
async fn an_agent_that_is_killed_while_it_launches_makes_one_container() {
    let gateway = Gateway::start().await;
    let (node, token) = gateway.register(false);
    let (docker, image, _sweeper) = (engine::connect().await, TestImage::make().await, Sweeper(node));
    let folder = tempfile::tempdir().unwrap();
    let mut agent = process(&gateway, folder.path(), Some(&token));
    gateway.online(node).await;
    let mut spec = web(node, image.publish().await);
    spec.profile.command_args = Some(command("sleep 3; exec httpd -f -p 8080 -h /www"));
    let task = gateway.queue(node, TaskKind::OciLaunch, 1, &spec);
    // From before the image is there until the workload is all but ready.
    for milliseconds in [50, 200, 400, 800, 1_200] {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        kill(agent).await;
        agent = process(&gateway, folder.path(), None);
    }
    let output = outcome(gateway.end(task).await).unwrap();
    let made = containers(&docker, node).await;
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].id.as_deref(), output.status.container.as_deref());
    assert_eq!(made[0].restart_count, Some(0));
    kill(agent).await;
}
