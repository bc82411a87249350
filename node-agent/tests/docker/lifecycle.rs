//! What happens to a workload after its launch.

use std::time::Duration;

use bollard::query_parameters::KillContainerOptionsBuilder;
use gpuaas_domain::node_protocol::output::{FailureCode, Lifecycle};
use gpuaas_domain::node_protocol::task::ControlAction;
use gpuaas_domain::node_task::{End, TaskKind};

use super::engine::{TestImage, container, containers};
use super::world::{World, command, config, get};
use crate::agent::Agent;
use crate::reports::workload;
use crate::specs;

#[tokio::test]
async fn a_workload_is_stopped_started_restarted_and_removed() {
    let world = World::new().await;
    let image = TestImage::make().await;
    let spec = world.web(image.local());
    let launched = world.launch(&spec).await.unwrap();
    let identity = &spec.identity;
    let control = async |action| {
        let task = world.gateway.queue(world.node, TaskKind::OciControl, 1, &specs::control(identity, action));
        world.end(task).await.unwrap()
    };
    let stopped = control(ControlAction::Stop).await;
    assert_eq!(stopped.lifecycle, Lifecycle::Stopped);
    let started = control(ControlAction::Start).await;
    assert_eq!((started.lifecycle, &started.status.container), (Lifecycle::Running, &launched.status.container));
    assert!(get(("127.0.0.1".into(), started.endpoints[0].port)).await.ends_with("hello\n"));
    let again = control(ControlAction::Start).await;
    assert_eq!(again.status.started_at, started.status.started_at);
    let restarted = control(ControlAction::Restart).await;
    assert!(restarted.status.started_at > started.status.started_at);
    let remove = world.gateway.queue(world.node, TaskKind::OciRemove, 1, &specs::remove(identity));
    let removed = world.end(remove).await.unwrap();
    let cleanup = removed.cleanup.unwrap();
    assert!(cleanup.container_removed && cleanup.network_removed);
    assert!(containers(&world.docker, world.node).await.is_empty());
    // While it was stopped it did not run, and nothing was attested.
    let attested = world.gateway.platform().attested(world.node, identity.instance);
    let (stop, start) = (stopped.status.finished_at.unwrap().0, started.status.started_at.unwrap().0);
    assert!(attested.iter().any(|(_, until)| *until == stop), "{attested:?} does not end at {stop}");
    assert!(attested.iter().all(|(from, until)| *until <= stop || *from >= start), "{attested:?}");
}

#[tokio::test]
async fn a_workload_that_dies_is_reported_at_once_with_the_reason() {
    let world = World::new().await;
    let image = TestImage::make().await;
    let spec = world.web(image.local());
    let output = world.launch(&spec).await.unwrap();
    let id = output.status.container.unwrap();
    let kill = KillContainerOptionsBuilder::default().signal("KILL").build();
    world.docker.kill_container(&id, Some(kill)).await.unwrap();
    let begun = tokio::time::Instant::now();
    let ended =
        world.gateway.eventually("the end", || workload(&world.gateway, world.node, spec.identity.instance)).await;
    assert!(begun.elapsed() < Duration::from_secs(4));
    assert_eq!((ended.lifecycle, ended.status.exit_code), (Lifecycle::Failed, Some(137)));
    assert_eq!(ended.history.failure.unwrap().code, FailureCode::ContainerExited);
    let attested = world.gateway.platform().attested(world.node, spec.identity.instance);
    assert_eq!(attested.last().unwrap().1, ended.status.finished_at.unwrap().0);
}

#[tokio::test]
async fn log_lines_are_numbered_across_restarts_of_the_agent() {
    let world = World::new().await;
    let image = TestImage::make().await;
    let mut spec = world.web(image.local());
    let script = "n=1; while true; do echo line $n; n=$((n+1)); sleep 0.05; done";
    spec.profile.command_args = Some(command(script));
    spec.profile.readiness = None;
    world.launch(&spec).await.unwrap();
    let instance = spec.identity.instance;
    let first = lines(&world.gateway, world.node, instance, 1, 20).await;
    let folder = world.agent.stop().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let _again = Agent::start_in(folder, |folder| config(&world.gateway, folder, true));
    world
        .gateway
        .eventually("a new stream", || (world.gateway.platform().nodes[&world.node].streams == 2).then_some(()))
        .await;
    let second = lines(&world.gateway, world.node, instance, 21, 60).await;
    let numbered: Vec<String> = (1..=80).map(|number| format!("{number}: line {number}")).collect();
    assert_eq!([first, second].concat(), numbered);
    let unknown = world.gateway.logs(world.node, specs::identity().instance, 1, 10).await;
    assert!(!unknown.known && unknown.lines.is_empty());
}

async fn lines(
    gateway: &crate::gateway::Gateway,
    node: gpuaas_domain::id::NodeId,
    instance: gpuaas_domain::id::InstanceId,
    from: u64,
    count: usize,
) -> Vec<String> {
    for _ in 0..200 {
        let answer = gateway.logs(node, instance, from, u32::try_from(count).unwrap()).await;
        if answer.lines.len() == count {
            return answer.lines.iter().map(|line| format!("{}: {}", line.sequence, line.text.as_str())).collect();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{count} lines from {from} did not come")
}

#[tokio::test]
async fn another_container_under_the_workloads_name_is_not_adopted() {
    let world = World::new().await;
    let image = TestImage::make().await;
    let spec = world.web(image.local());
    world.launch(&spec).await.unwrap();
    let folder = world.agent.stop().await;
    let made = container(&world.docker, spec.identity.instance).await;
    let name = made.name.unwrap().trim_start_matches('/').to_owned();
    let force = bollard::query_parameters::RemoveContainerOptionsBuilder::default().force(true).build();
    world.docker.remove_container(&name, Some(force)).await.unwrap();
    let impostor = bollard::models::ContainerCreateBody {
        image: Some(image.id.clone()),
        cmd: Some(["/bin/sleep", "600"].map(String::from).to_vec()),
        labels: made.config.unwrap().labels,
        network_disabled: Some(true),
        ..Default::default()
    };
    let options = bollard::query_parameters::CreateContainerOptionsBuilder::default().name(&name).build();
    world.docker.create_container(Some(options), impostor).await.unwrap();
    world.docker.start_container(&name, None).await.unwrap();
    let _again = Agent::start_in(folder, |folder| config(&world.gateway, folder, true));
    let ended =
        world.gateway.eventually("the end", || workload(&world.gateway, world.node, spec.identity.instance)).await;
    assert_eq!(ended.history.failure.unwrap().code, FailureCode::ContainerRemoved);
}

#[tokio::test]
async fn a_launch_that_is_cancelled_leaves_nothing() {
    let world = World::new().await;
    let image = TestImage::make().await;
    let mut spec = world.web(image.local());
    spec.profile.command_args = Some(command("sleep 600"));
    let task = world.gateway.queue(world.node, TaskKind::OciLaunch, 1, &spec);
    for _ in 0..100 {
        if !containers(&world.docker, world.node).await.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    world.gateway.cancel(world.node, task);
    assert!(matches!(world.gateway.end(task).await, End::Cancelled(_)));
    assert!(containers(&world.docker, world.node).await.is_empty());
}

#[tokio::test]
async fn a_restart_right_after_a_start_is_a_restart() {
    let world = World::new().await;
    let image = TestImage::make().await;
    let spec = world.web(image.local());
    world.launch(&spec).await.unwrap();
    let queue = |action| {
        let control = specs::control(&spec.identity, action);
        world.gateway.queue(world.node, TaskKind::OciControl, 1, &control)
    };
    let [_, start, restart] = [ControlAction::Stop, ControlAction::Start, ControlAction::Restart].map(queue);
    let started = world.end(start).await.unwrap().status.started_at;
    assert!(world.end(restart).await.unwrap().status.started_at > started);
}

#[tokio::test]
async fn a_failed_launch_makes_room_for_the_next_generation_and_its_log_can_be_read() {
    let world = World::new().await;
    let image = TestImage::make().await;
    let mut spec = world.web(image.local());
    spec.profile.command_args = Some(command("echo generation; exit 7"));
    world.launch(&spec).await.unwrap_err();
    let instance = spec.identity.instance;
    assert_eq!(lines(&world.gateway, world.node, instance, 1, 1).await, ["1: generation"]);
    let first = container(&world.docker, instance).await.id;
    let again = world.gateway.queue(world.node, TaskKind::OciLaunch, 2, &spec);
    world.end(again).await.unwrap_err();
    let [second] = &containers(&world.docker, world.node).await[..] else { panic!("one container") };
    assert_ne!(second.id, first);
    assert_eq!(lines(&world.gateway, world.node, instance, 2, 1).await, ["2: generation"]);
    let remove = world.gateway.queue(world.node, TaskKind::OciRemove, 2, &specs::remove(&spec.identity));
    world.end(remove).await.unwrap();
    assert!(containers(&world.docker, world.node).await.is_empty());
}

#[tokio::test]
async fn a_node_has_room_for_more_workloads_than_the_engines_own_pools_have_networks() {
    const MANY: usize = 40;
    let world = World::new().await;
    let image = TestImage::make().await;
    let launch = |_| {
        let mut spec = world.web(image.local());
        spec.profile.command_args = Some(command("exec sleep 600"));
        spec.profile.readiness = None;
        world.gateway.queue(world.node, TaskKind::OciLaunch, 1, &spec)
    };
    let tasks: Vec<_> = (0..MANY).map(launch).collect();
    for task in tasks {
        world.end(task).await.unwrap();
    }
    assert_eq!(containers(&world.docker, world.node).await.len(), MANY);
}
