use std::collections::BTreeMap;
use std::sync::Arc;

use gpuaas_commands::handlers::app_instance::{
    CancelInstance, DecommissionInstance, LaunchInstance, StartInstance, StopInstance,
};
use gpuaas_commands::handlers::artifact::RetireArtifact;
use gpuaas_commands::handlers::entitlement::SetEntitlement;
use gpuaas_commands::handlers::node::{BanNode, GoOffline};
use gpuaas_commands::policies::{Launching, Policy, Reconcile};
use gpuaas_commands::{Context, Refusal};
use gpuaas_domain::app_instance::{AppInstance, Phase, Waiting};
use gpuaas_domain::id::{AllocationId, InstanceId};
use gpuaas_domain::node_protocol::output::Lifecycle;
use gpuaas_domain::node_protocol::report::{ReportItem, TaskStep};
use gpuaas_domain::node_protocol::task::LaunchSpec;
use gpuaas_domain::node_task::{NodeTask, TaskKind};
use gpuaas_domain::profile::Overrides;
use gpuaas_domain::{Code, Timestamp};
use serde_json::json;

use crate::fleet::{CursorsInMemory, Fleet, TestNode, done, failed, run, runtime};

async fn with_allocation() -> (Fleet, TestNode, AllocationId) {
    let fleet = Fleet::start(true).await;
    let node = fleet.node("one", 1).await;
    let allocation = fleet.allocate().await;
    (fleet, node, allocation)
}

async fn running() -> (Fleet, TestNode, AllocationId, InstanceId) {
    let (fleet, mut node, allocation) = with_allocation().await;
    let instance = fleet.launched(allocation).await;
    node.reach(&fleet, &[TaskStep::Accepted, done(Lifecycle::Running)]).await;
    fleet.until_phase(instance, Phase::Running).await;
    (fleet, node, allocation, instance)
}

async fn refused(fleet: &Fleet, launch: LaunchInstance) -> Refusal {
    let before = fleet.platform.head();
    let refusal = fleet.platform.engine.execute(&fleet.platform.admin, &launch).await.map(|_| "accepted").unwrap_err();
    assert_eq!(fleet.platform.head(), before, "a refused launch leaves the log as it was");
    refusal
}

fn codes(refusal: &Refusal) -> Vec<&str> {
    refusal.fields.iter().filter_map(|fault| fault.message.split(':').next()).collect()
}

#[tokio::test]
async fn a_launch_becomes_a_task_and_the_nodes_answer_a_running_workload() {
    let (fleet, mut node, allocation) = with_allocation().await;
    let instance = fleet.launched(allocation).await;
    let (task, generation) = node.next_task(&fleet).await;
    let (state, _) = fleet.platform.engine.state::<NodeTask>(task).await.unwrap();
    let queued = state.queued().unwrap();
    assert_eq!((queued.kind, queued.generation, generation), (TaskKind::OciLaunch, 1, 1));
    let spec = fleet.platform.engine.log().blob(gpuaas_log::hash::Hash(queued.spec.0)).await.unwrap().unwrap();
    let spec: LaunchSpec = serde_json::from_slice(&spec).unwrap();
    assert_eq!(spec.check(), Ok(()));
    assert_eq!((spec.identity.instance, spec.values.cpu_millis), (instance, 2000));

    node.reach(&fleet, &[TaskStep::Accepted]).await;
    fleet.until_phase(instance, Phase::Deploying).await;
    node.reach(&fleet, &[TaskStep::Running, done(Lifecycle::Running)]).await;
    fleet.until_phase(instance, Phase::Running).await;
    let (state, _) = fleet.platform.engine.state::<AppInstance>(instance).await.unwrap();
    assert_eq!(state.details().unwrap().endpoints[0].port, 40_000);
}

#[tokio::test]
async fn a_workload_is_stopped_started_and_decommissioned_and_its_allocation_is_free_again() {
    let (fleet, mut node, allocation, id) = running().await;
    let (engine, admin, project) = (&fleet.platform.engine, &fleet.platform.admin, fleet.project);
    engine.execute(admin, &StopInstance { project, id }).await.unwrap();
    node.reach(&fleet, &[done(Lifecycle::Stopped)]).await;
    fleet.until_phase(id, Phase::Stopped).await;
    engine.execute(admin, &StartInstance { project, id }).await.unwrap();
    node.reach(&fleet, &[done(Lifecycle::Running)]).await;
    fleet.until_phase(id, Phase::Running).await;
    // The specification of the second stop is the first one's, byte for byte.
    engine.execute(admin, &StopInstance { project, id }).await.unwrap();
    node.reach(&fleet, &[done(Lifecycle::Stopped)]).await;
    fleet.until_phase(id, Phase::Stopped).await;
    engine.execute(admin, &DecommissionInstance { project, id }).await.unwrap();
    node.reach(&fleet, &[done(Lifecycle::Removed)]).await;
    fleet.until_phase(id, Phase::Decommissioned).await;
    fleet.launched(allocation).await;
}

#[tokio::test]
async fn releasing_an_allocation_decommissions_what_is_on_it_first() {
    let (fleet, mut node, allocation, id) = running().await;
    fleet.platform.engine.execute(&fleet.platform.admin, &fleet.release(allocation)).await.unwrap();
    fleet.until_word(allocation, "releasing").await;
    let refusal = fleet.platform.engine.execute(&fleet.platform.admin, &fleet.launch(allocation)).await.unwrap_err();
    assert_eq!(refusal.code, Code::AllocationNotActive);
    node.reach(&fleet, &[done(Lifecycle::Removed)]).await;
    fleet.until_phase(id, Phase::Decommissioned).await;
    fleet.until_word(allocation, "released").await;
    let next = fleet.allocate().await;
    fleet.until_word(next, "active").await;
}

#[tokio::test]
async fn a_launch_is_cancelled_while_its_node_is_at_it() {
    let (fleet, mut node, allocation) = with_allocation().await;
    let id = fleet.launched(allocation).await;
    let first = node.reach(&fleet, &[TaskStep::Accepted]).await;
    fleet.until_phase(id, Phase::Deploying).await;
    let cancel = CancelInstance { project: fleet.project, id };
    fleet.platform.engine.execute(&fleet.platform.admin, &cancel).await.unwrap();
    // The node is told to leave off, finishes all the same, and then removes what it made.
    assert_eq!(node.reach(&fleet, &[done(Lifecycle::Running)]).await, first);
    node.reach(&fleet, &[done(Lifecycle::Removed)]).await;
    fleet.until_phase(id, Phase::Decommissioned).await;
}

#[tokio::test]
async fn a_launch_that_its_node_refuses_has_failed_and_says_why() {
    let (fleet, mut node, allocation) = with_allocation().await;
    let id = fleet.launched(allocation).await;
    node.reach(&fleet, &[failed()]).await;
    fleet.until_phase(id, Phase::Failed).await;
    let (state, _) = fleet.platform.engine.state::<AppInstance>(id).await.unwrap();
    assert_eq!(state.details().unwrap().failure.as_ref().map(|failure| failure.code.as_str()), Some("image_not_found"));
}

#[tokio::test]
async fn a_launch_waits_for_its_node_and_says_so() {
    let (fleet, mut node, allocation) = with_allocation().await;
    let offline = GoOffline { node: node.id, last_heard: Timestamp(1) };
    fleet.platform.engine.execute(&Context::system([9; 16]), &offline).await.unwrap();
    let id = fleet.launched(allocation).await;
    fleet.until_phase(id, Phase::Validating).await;
    let waiting = |state: AppInstance| state.details().unwrap().waiting;
    let (state, _) = fleet.platform.engine.state::<AppInstance>(id).await.unwrap();
    assert_eq!(waiting(state), Some(Waiting::NodeOnline));
    node.report(&fleet.platform, vec![ReportItem::Runtime(runtime(Some("start Docker")))]).await;
    node.come_online(&fleet.platform).await;
    fleet.until_waiting(id, Waiting::NodeRuntime).await;
    node.report(&fleet.platform, vec![ReportItem::Runtime(runtime(None))]).await;
    fleet.until_phase(id, Phase::Queued).await;
}

#[tokio::test]
async fn a_launch_on_a_node_that_was_banned_meanwhile_comes_to_nothing() {
    let fleet = Fleet::start(false).await;
    let node = fleet.node("one", 1).await.id;
    let allocation = fleet.allocate().await;
    let id = fleet.launched(allocation).await;
    fleet.platform.engine.execute(&fleet.platform.admin, &BanNode { node }).await.unwrap();
    run(&fleet.platform.engine, &fleet.cursors, Launching);
    fleet.until_phase(id, Phase::Failed).await;
    let decommission = DecommissionInstance { project: fleet.project, id };
    fleet.platform.engine.execute(&fleet.platform.admin, &decommission).await.unwrap();
    assert_eq!(fleet.phase(id).await, Phase::Decommissioned);
}

#[tokio::test]
async fn what_stands_against_a_launch_is_said_all_at_once() {
    let (fleet, _, allocation) = with_allocation().await;
    let (engine, admin) = (&fleet.platform.engine, &fleet.platform.admin);
    engine.execute(admin, &RetireArtifact { app: fleet.app, id: fleet.artifact }).await.unwrap();
    let disable = SetEntitlement { project: fleet.project, app_slug: "jupyterlab".into(), enabled: false };
    engine.execute(admin, &disable).await.unwrap();
    let mut launch = fleet.launch(allocation);
    launch.given.resource_overrides = Overrides { gpu_count: Some(1), cpu_cores: Some(3), memory_gib: None };
    let refusal = refused(&fleet, launch).await;
    assert_eq!(refusal.code, Code::AppNotEntitled);
    assert_eq!(codes(&refusal), ["app_not_entitled", "artifact_retired", "not_enough_gpus"]);
}

#[tokio::test]
async fn values_that_would_mean_nothing_are_refused_by_code() {
    let (fleet, _, allocation) = with_allocation().await;
    for (config, code) in [
        (json!({"host_port": 8888}), Code::HostPortRefused),
        (json!({"surprise": true}), Code::ParameterUnknown),
        (json!({"workspace_mount": "host"}), Code::ParameterInvalid),
        (json!({"workspace_mount": "project_storage"}), Code::StorageModeUnavailable),
        (json!({"python_packages": "numpy==2.4.4"}), Code::PythonPackagesUnavailable),
        (json!({"python_packages": 7}), Code::ParameterInvalid),
    ] {
        let mut launch = fleet.launch(allocation);
        launch.given.config = config.as_object().unwrap().clone();
        assert_eq!(refused(&fleet, launch).await.code, code, "{config}");
    }
}

#[tokio::test]
async fn what_belongs_to_another_organization_is_not_found() {
    let (fleet, node, allocation) = with_allocation().await;
    let other = fleet.platform.organization("other").await;
    let project = fleet.platform.project(other, "theirs").await;
    let entitle = SetEntitlement { project, app_slug: "jupyterlab".into(), enabled: true };
    fleet.platform.engine.execute(&fleet.platform.admin, &entitle).await.unwrap();
    let launch = LaunchInstance { project, ..fleet.launch(allocation) };
    assert_eq!(refused(&fleet, launch).await.code, Code::NotFound);
    let id = fleet.launched(allocation).await;
    let stop = StopInstance { project, id };
    let refusal = fleet.platform.engine.execute(&fleet.platform.admin, &stop).await.unwrap_err();
    assert_eq!(refusal.code, Code::NotFound);
    let (_, stranger) = fleet.platform.person("stranger").await;
    let stop = StopInstance { project: fleet.project, id };
    assert_eq!(fleet.platform.engine.execute(&stranger, &stop).await.unwrap_err().code, Code::NotFound);
    assert_ne!(fleet.organization, other);
    drop(node);
}

#[tokio::test]
async fn a_policy_that_reads_the_same_entries_again_changes_nothing() {
    let (fleet, _, _, _) = running().await;
    let before = fleet.platform.head();
    let again = Arc::new(CursorsInMemory::default());
    run(&fleet.platform.engine, &again, Launching);
    run(&fleet.platform.engine, &again, Reconcile);
    for _ in 0..500 {
        let places: BTreeMap<String, u64> = again.0.lock().unwrap().clone();
        if places[Launching::NAME] == before && places[Reconcile::NAME] == before {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(again.0.lock().unwrap()[Launching::NAME], before);
    assert_eq!(fleet.platform.head(), before);
}
