//! Launching: fetched by digest, ready when it answers, reachable where the agent says.

use gpuaas_domain::bounded::Text;
use gpuaas_domain::node_protocol::credential::Credential;
use gpuaas_domain::node_protocol::output::{FailureCode, Lifecycle, StepKind};
use gpuaas_domain::node_protocol::report::ReportItem;
use gpuaas_domain::node_protocol::task::{RuntimeStatusSpec, SecretVariable};
use gpuaas_domain::node_protocol::tunnel::Frame;
use gpuaas_domain::node_task::TaskKind;

use super::engine::{TestImage, container, containers, exec};
use super::world::{World, command, get};
use crate::specs::text;

#[tokio::test]
async fn a_workload_is_fetched_by_digest_runs_and_answers_at_the_port_that_the_agent_picked() {
    let world = World::new().await;
    let image = TestImage::make().await;
    let spec = world.web(image.publish().await);
    let output = world.launch(&spec).await.unwrap();
    assert_eq!(output.lifecycle, Lifecycle::Running);
    let steps: Vec<StepKind> = output.history.steps.iter().map(|step| step.kind).collect();
    assert_eq!(steps, [StepKind::ImageReady, StepKind::Created, StepKind::Started, StepKind::Ready]);
    assert_eq!(output.status.image.as_deref(), Some(image.id.as_str()));
    let [endpoint] = &output.endpoints[..] else { panic!("{:?}", output.endpoints) };
    assert_eq!((endpoint.address.as_str(), endpoint.container_port), ("127.0.0.1", 8080));
    assert!(get((endpoint.address.to_string(), endpoint.port)).await.ends_with("hello\n"));
    let complete = |progress: &gpuaas_domain::node_protocol::progress::PullProgress| {
        progress.instance == spec.identity.instance && progress.layers_done == 1 && progress.layers_total == 1
    };
    world.gateway.eventually("progress", || world.gateway.passed().progress.iter().any(complete).then_some(())).await;
}

#[tokio::test]
async fn a_tunnel_leads_to_a_declared_endpoint_and_nowhere_else() {
    let world = World::new().await;
    let image = TestImage::make().await;
    let spec = world.web(image.local());
    world.launch(&spec).await.unwrap();
    let instance = spec.identity.instance;
    let mut tunnel = world.gateway.tunnel(world.node, instance, 1, "web").await.unwrap();
    tunnel.send(Frame::Data(b"GET / HTTP/1.0\r\n\r\n".to_vec())).await;
    tunnel.send(Frame::Finished).await;
    assert!(String::from_utf8(tunnel.rest().await).unwrap().ends_with("hello\n"));
    for (generation, endpoint) in [(1, "other"), (2, "web")] {
        assert!(world.gateway.tunnel(world.node, instance, generation, endpoint).await.is_err());
    }
}

#[tokio::test]
async fn secrets_reach_the_workload_and_stay_nowhere() {
    let world = World::new().await;
    let image = TestImage::make().await;
    let mut spec = world.web(image.publish().await);
    spec.artifact.pull_credential = Some(text("pull"));
    spec.artifact.secrets = vec![SecretVariable { name: text("TOKEN"), reference: text("token") }];
    let credential = |secret| Credential { username: Some(text("agent")), secret: Text::clipped(secret) };
    let secrets = [("pull".to_owned(), credential("pull-s3cret")), ("token".to_owned(), credential("token-s3cret"))];
    world.gateway.passed().credentials = secrets.map(|(name, known)| (name, (known, 0))).into();
    let output = world.launch(&spec).await.unwrap();
    let id = output.status.container.unwrap();
    assert_eq!(exec(&world.docker, &id, "echo $TOKEN").await, (0, "token-s3cret\n".into()));
    assert!(world.gateway.passed().credentials.values().all(|(_, fetched)| *fetched == 1));
    let reported = format!("{:?}", world.gateway.items(world.node));
    let folder = world.agent.stop().await;
    for kept in [reported, read_all(folder.path())] {
        assert!(!kept.contains("s3cret"));
    }
}

fn read_all(folder: &std::path::Path) -> String {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files =
        entries.map(|path| if path.is_dir() { read_all(&path) } else { std::fs::read_to_string(&path).unwrap() });
    files.collect()
}

#[tokio::test]
async fn a_credential_that_is_not_handed_out_fails_the_launch() {
    let world = World::new().await;
    let image = TestImage::make().await;
    let mut spec = world.web(image.publish().await);
    spec.artifact.pull_credential = Some(text("unknown"));
    let (code, _) = *world.launch(&spec).await.unwrap_err();
    assert_eq!(code, FailureCode::CredentialRefused);
    assert!(containers(&world.docker, world.node).await.is_empty());
}

#[tokio::test]
async fn a_workload_that_is_not_ready_in_time_is_stopped_and_failed() {
    let world = World::new().await;
    let image = TestImage::make().await;
    let mut spec = world.web(image.local());
    spec.profile.command_args = Some(command("trap 'exit 0' TERM; while true; do sleep 0.1; done"));
    spec.profile.readiness.as_mut().unwrap().timeout_seconds = 2;
    let (code, output) = *world.launch(&spec).await.unwrap_err();
    assert_eq!((code, output.lifecycle), (FailureCode::ReadinessTimeout, Lifecycle::Failed));
    let state = container(&world.docker, spec.identity.instance).await.state.unwrap();
    assert_eq!(state.running, Some(false));
}

#[tokio::test]
async fn a_workload_that_ends_before_it_is_ready_says_how() {
    let world = World::new().await;
    let image = TestImage::make().await;
    let mut spec = world.web(image.local());
    spec.profile.command_args = Some(command("echo broken >&2; exit 7"));
    let (code, output) = *world.launch(&spec).await.unwrap_err();
    assert_eq!((code, output.status.exit_code), (FailureCode::ContainerExited, Some(7)));
}

#[tokio::test]
async fn gpus_that_are_not_there_fail_the_launch_and_leave_nothing() {
    let world = World::new().await;
    let image = TestImage::make().await;
    let mut spec = world.web(image.local());
    spec.values.gpu_count = 1;
    spec.placement.gpus = vec![text("GPU-00000000-0000-0000-0000-000000000000")];
    let (code, _) = *world.launch(&spec).await.unwrap_err();
    assert_eq!(code, FailureCode::GpusUnavailable);
    assert!(containers(&world.docker, world.node).await.is_empty());
}

#[tokio::test]
async fn the_engine_says_what_it_can_do() {
    let world = World::new().await;
    let task = world.gateway.queue(world.node, TaskKind::OciRuntimeStatus, 0, &RuntimeStatusSpec {});
    world.end(task).await.unwrap();
    let runtime = world.gateway.items(world.node).into_iter().find_map(|item| match item {
        ReportItem::Runtime(runtime) => Some(runtime),
        _ => None,
    });
    let runtime = runtime.unwrap();
    assert_eq!((runtime.engine.as_deref(), runtime.isolation, runtime.problem), (Some("docker"), true, None));
}
