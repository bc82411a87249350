//! Tasks: each once, however often it is delivered, and refused by code where it cannot be.

use gpuaas_domain::node_protocol::output::{FailureCode, Lifecycle, StepKind};
use gpuaas_domain::node_protocol::report::{ReportItem, TaskStep};
use gpuaas_domain::node_protocol::task::{ControlAction, Image, RuntimeStatusSpec, TaskEnvelope};
use gpuaas_domain::node_task::{End, TaskKind};

use crate::agent::Agent;
use crate::gateway::{Gateway, digest};
use crate::specs;

async fn failure(gateway: &Gateway, task: gpuaas_domain::id::TaskId) -> FailureCode {
    match gateway.end(task).await {
        End::Failed(failed) => failed.failure.code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_workload_is_launched_stopped_started_and_removed() {
    let gateway = Gateway::start().await;
    let (node, token) = gateway.register(true);
    let _agent = Agent::simulated(&gateway, token);
    let spec = specs::launch(node, specs::any_image());
    let control = |action| specs::control(&spec.identity, action);
    let tasks = [
        gateway.queue(node, TaskKind::OciLaunch, 1, &spec),
        gateway.queue(node, TaskKind::OciControl, 1, &control(ControlAction::Stop)),
        gateway.queue(node, TaskKind::OciControl, 1, &control(ControlAction::Start)),
        gateway.queue(node, TaskKind::OciControl, 1, &control(ControlAction::Restart)),
        gateway.queue(node, TaskKind::OciRemove, 1, &specs::remove(&spec.identity)),
    ];
    let mut lifecycles = Vec::new();
    for task in tasks {
        match gateway.end(task).await {
            End::Succeeded(succeeded) => lifecycles.push(succeeded.output.lifecycle),
            other => panic!("{other:?}"),
        }
    }
    let expected = [Lifecycle::Running, Lifecycle::Stopped, Lifecycle::Running, Lifecycle::Running, Lifecycle::Removed];
    assert_eq!(lifecycles, expected);
}

#[tokio::test]
async fn a_task_that_is_delivered_again_has_one_effect() {
    let gateway = Gateway::start().await;
    let (node, token) = gateway.register(true);
    let _agent = Agent::simulated(&gateway, token);
    let spec = specs::launch(node, specs::any_image());
    let task = gateway.queue(node, TaskKind::OciLaunch, 1, &spec);
    gateway.deliver_again(task);
    assert!(matches!(gateway.end(task).await, End::Succeeded(_)));
    gateway.deliver_again(task);
    let after = gateway.queue(node, TaskKind::OciRuntimeStatus, 0, &RuntimeStatusSpec {});
    gateway.end(after).await;
    let ends = gateway
        .items(node)
        .into_iter()
        .filter(|item| matches!(item, ReportItem::Task(report) if report.task == task && report.step.is_end()));
    assert_eq!(ends.count(), 1);
}

#[tokio::test]
async fn a_launch_of_the_same_generation_adopts_what_is_there() {
    let gateway = Gateway::start().await;
    let (node, token) = gateway.register(true);
    let _agent = Agent::simulated(&gateway, token);
    let spec = specs::launch(node, specs::any_image());
    let mut containers = Vec::new();
    for _ in 0..2 {
        let task = gateway.queue(node, TaskKind::OciLaunch, 1, &spec);
        match gateway.end(task).await {
            End::Succeeded(succeeded) => containers.push(succeeded.output.status.started_at),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(containers[0], containers[1]);
}

#[tokio::test]
async fn what_cannot_be_carried_out_is_refused_by_code() {
    let gateway = Gateway::start().await;
    let (node, token) = gateway.register(true);
    let (other, _) = gateway.register(true);
    let _agent = Agent::simulated(&gateway, token);
    let spec = specs::launch(node, specs::any_image());
    let launch = TaskKind::OciLaunch.as_str();
    let json = serde_json::to_string(&spec).unwrap();
    let elsewhere = serde_json::to_string(&specs::launch(other, specs::any_image())).unwrap();
    let tag = specs::launch(node, Image::Registry(specs::text("registry.invalid/hello:latest")));
    let mut unknown_field = serde_json::to_value(&spec).unwrap();
    unknown_field["values"]["host_port"] = 8888.into();
    let nothing = |_: &mut TaskEnvelope| ();
    let another_node = |envelope: &mut TaskEnvelope| envelope.node = other;
    let another_hash = |envelope: &mut TaskEnvelope| envelope.spec_hash = digest(b"other");
    let unknown = specs::control(&specs::identity(), ControlAction::Stop);
    let cases = [
        (gateway.queue_text(node, "workload.compose_launch", 1, "{}".into(), nothing), FailureCode::UnknownTaskKind),
        (gateway.queue_text(node, launch, 1, "{}".into(), nothing), FailureCode::SpecInvalid),
        (gateway.queue_text(node, launch, 1, unknown_field.to_string(), nothing), FailureCode::SpecInvalid),
        (gateway.queue_text(node, launch, 1, json.clone(), another_node), FailureCode::TaskOfAnotherNode),
        (gateway.queue_text(node, launch, 1, elsewhere, nothing), FailureCode::TaskOfAnotherNode),
        (gateway.queue_text(node, launch, 1, json, another_hash), FailureCode::SpecMismatch),
        (gateway.queue(node, TaskKind::OciLaunch, 1, &tag), FailureCode::ImageTagRefused),
        (gateway.queue(node, TaskKind::OciControl, 1, &unknown), FailureCode::WorkloadUnknown),
    ];
    for (task, expected) in cases {
        assert_eq!(failure(&gateway, task).await, expected);
    }
}

#[tokio::test]
async fn a_stale_generation_or_another_specification_is_refused() {
    let gateway = Gateway::start().await;
    let (node, token) = gateway.register(true);
    let _agent = Agent::simulated(&gateway, token);
    let spec = specs::launch(node, specs::any_image());
    assert!(matches!(gateway.end(gateway.queue(node, TaskKind::OciLaunch, 5, &spec)).await, End::Succeeded(_)));
    let mut other = spec.clone();
    other.values.processes += 1;
    let remove = specs::remove(&spec.identity);
    let stale = gateway.queue(node, TaskKind::OciLaunch, 4, &spec);
    assert_eq!(failure(&gateway, stale).await, FailureCode::StaleGeneration);
    let stale = gateway.queue(node, TaskKind::OciRemove, 4, &remove);
    assert_eq!(failure(&gateway, stale).await, FailureCode::StaleGeneration);
    let conflict = gateway.queue(node, TaskKind::OciLaunch, 5, &other);
    assert_eq!(failure(&gateway, conflict).await, FailureCode::SpecConflict);
    assert!(matches!(gateway.end(gateway.queue(node, TaskKind::OciRemove, 5, &remove)).await, End::Succeeded(_)));
    let removed = gateway.queue(node, TaskKind::OciLaunch, 5, &spec);
    assert_eq!(failure(&gateway, removed).await, FailureCode::StaleGeneration);
    assert!(matches!(gateway.end(gateway.queue(node, TaskKind::OciLaunch, 6, &spec)).await, End::Succeeded(_)));
}

#[tokio::test]
async fn a_launch_is_cancelled_and_leaves_nothing() {
    let gateway = Gateway::start().await;
    let (node, token) = gateway.register(true);
    let _agent = Agent::start(|folder| {
        let mut config = crate::agent::simulated(&gateway, folder, Some(token));
        config.engine = gpuaas_node_agent::Engine::Simulated { start_takes: std::time::Duration::from_secs(600) };
        config
    });
    gateway.online(node).await;
    let spec = specs::launch(node, specs::any_image());
    let task = gateway.queue(node, TaskKind::OciLaunch, 1, &spec);
    let waiting = gateway.queue(node, TaskKind::OciControl, 1, &specs::control(&spec.identity, ControlAction::Stop));
    let running = || {
        let items = gateway.items(node);
        let runs = items.iter().any(
            |item| matches!(item, ReportItem::Task(report) if report.task == task && report.step == TaskStep::Running),
        );
        runs.then_some(())
    };
    gateway.eventually("the launch to begin", running).await;
    gateway.cancel(node, waiting);
    gateway.cancel(node, task);
    match gateway.end(task).await {
        End::Cancelled(cancelled) => assert_eq!(cancelled.output.unwrap().lifecycle, Lifecycle::Removed),
        other => panic!("{other:?}"),
    }
    assert!(matches!(gateway.end(waiting).await, End::Cancelled(_)));
    let steps = |output: &gpuaas_domain::node_protocol::output::ExecutorOutput| {
        output.history.steps.iter().any(|step| step.kind == StepKind::Ready)
    };
    assert!(
        !gateway.items(node).iter().any(|item| matches!(item, ReportItem::Workload(report) if steps(&report.output)))
    );
}
