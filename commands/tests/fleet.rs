//! A platform with a catalog, policies that run, and nodes that do what they are told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use gpuaas_commands::handlers::allocation::{CreateAllocation, ReleaseAllocation};
use gpuaas_commands::handlers::app::CreateApp;
use gpuaas_commands::handlers::app_instance::LaunchInstance;
use gpuaas_commands::handlers::app_version::{CreateAppVersion, PublishAppVersion};
use gpuaas_commands::handlers::artifact::{
    PromoteArtifact, PublishArtifact, RecordArtifactVerification, UploadArtifact,
};
use gpuaas_commands::handlers::enrollment::IssueEnrollment;
use gpuaas_commands::handlers::entitlement::SetEntitlement;
use gpuaas_commands::handlers::node::{ComeOnline, EnrollNode, NewCertificate, RegisterNode};
use gpuaas_commands::handlers::node_report::TakeReport;
use gpuaas_commands::handlers::sku::CreateSku;
use gpuaas_commands::policies::{Cursors, Launching, Placement, Policy, Reconcile, Runner};
use gpuaas_commands::{Actor, Context, Engine, Refusal};
use gpuaas_domain::allocation::Allocation;
use gpuaas_domain::app_instance::{AppInstance, Phase, Waiting};
use gpuaas_domain::artifact::Verified;
use gpuaas_domain::bounded::Text;
use gpuaas_domain::fixed::{Digest, PublicKey, Serial};
use gpuaas_domain::id::{
    AllocationId, AppId, ArtifactId, InstanceId, NodeId, OrganizationId, ProjectId, SkuId, TaskId,
};
use gpuaas_domain::launch_checks::Environment;
use gpuaas_domain::node::{Architecture, Inventory, RuntimeStatus, Slot};
use gpuaas_domain::node_protocol::output::{Endpoint, ExecutorOutput, Failure, FailureCode, Lifecycle};
use gpuaas_domain::node_protocol::report::{ReportBody, ReportItem, TaskReport, TaskStep};
use gpuaas_domain::node_protocol::task::Image;
use gpuaas_domain::node_report::ChainPoint;
use gpuaas_domain::node_task::NodeTask;
use gpuaas_domain::profile::{Given, MediaType, Overrides};
use gpuaas_domain::sku::Shape;
use gpuaas_domain::{Aggregate, AnyState, Timestamp};
use serde_json::{Value, json};

use crate::log_facts::LogFacts;
use crate::platform::Platform;

/// The saved places of the policies of a test.
#[derive(Default)]
pub(crate) struct CursorsInMemory(pub(crate) Mutex<BTreeMap<String, u64>>);

#[async_trait]
impl Cursors for CursorsInMemory {
    async fn get(&self, name: &str) -> Result<Option<u64>, Refusal> {
        Ok(self.0.lock().unwrap().get(name).copied())
    }

    async fn compare_and_set(&self, name: &str, expected: Option<u64>, position: u64) -> Result<bool, Refusal> {
        let mut places = self.0.lock().unwrap();
        let moves = places.get(name).copied() == expected;
        if moves {
            places.insert(name.to_owned(), position);
        }
        Ok(moves)
    }
}

/// Runs a policy from the first entry on, until the test ends.
pub(crate) fn run<P: Policy>(engine: &Engine, cursors: &Arc<CursorsInMemory>, policy: P) {
    cursors.0.lock().unwrap().entry(P::NAME.to_owned()).or_insert(0);
    tokio::spawn(Runner::new(engine.clone(), cursors.clone(), policy).run());
}

pub(crate) fn run_all(engine: &Engine, cursors: &Arc<CursorsInMemory>) {
    run(engine, cursors, Placement);
    run(engine, cursors, Launching);
    run(engine, cursors, Reconcile);
}

/// An organization with a project, a SKU of one slot, and a notebook app that it may launch.
pub(crate) struct Fleet {
    pub(crate) platform: Platform,
    pub(crate) facts: Arc<LogFacts>,
    pub(crate) cursors: Arc<CursorsInMemory>,
    pub(crate) organization: OrganizationId,
    pub(crate) project: ProjectId,
    pub(crate) sku: SkuId,
    pub(crate) app: AppId,
    pub(crate) artifact: ArtifactId,
}

pub(crate) fn manifest() -> Value {
    serde_json::from_str(include_str!("../../domain/src/profile/jupyterlab.json")).unwrap()
}

pub(crate) fn shape(cpu_cores: u32) -> Shape {
    Shape { architecture: Architecture::Amd64, cpu_cores, memory_gib: 4, gpu: None }
}

pub(crate) fn image() -> Image {
    Image::Registry(Text::new(format!("127.0.0.1:5000/jupyterlab@sha256:{}", "a1".repeat(32))).unwrap())
}

impl Fleet {
    /// With policies that run, or without.
    pub(crate) async fn start(with_policies: bool) -> Self {
        let platform = Platform::start().await;
        let facts = Arc::new(LogFacts::new(platform.engine.log().clone()));
        platform.engine.provide_facts(facts.clone());
        let cursors = Arc::new(CursorsInMemory::default());
        if with_policies {
            run_all(&platform.engine, &cursors);
        }
        let organization = platform.organization("acme").await;
        let project = platform.project(organization, "research").await;
        let sku = CreateSku { name: "cpu-2".into(), display_name: "Two processors".into(), shape: shape(2) };
        let sku = platform.engine.execute(&platform.admin, &sku).await.unwrap().id;
        let (app, artifact) = catalog(&platform).await;
        let entitle = SetEntitlement { project, app_slug: "jupyterlab".into(), enabled: true };
        platform.engine.execute(&platform.admin, &entitle).await.unwrap();
        Self { platform, facts, cursors, organization, project, sku, app, artifact }
    }

    pub(crate) async fn node(&self, name: &str, slots: u16) -> TestNode {
        TestNode::enroll(&self.platform, name, slots).await
    }

    pub(crate) async fn allocate(&self) -> AllocationId {
        self.platform.engine.execute(&self.platform.admin, &self.allocation(None)).await.unwrap().id
    }

    pub(crate) fn allocation(&self, wait_seconds: Option<u64>) -> CreateAllocation {
        CreateAllocation { project: self.project, sku: self.sku, display_name: "Notebooks".into(), wait_seconds }
    }

    pub(crate) fn release(&self, id: AllocationId) -> ReleaseAllocation {
        ReleaseAllocation { project: self.project, id }
    }

    /// A launch with what the seed's example gives, less the port.
    pub(crate) fn launch(&self, allocation: AllocationId) -> LaunchInstance {
        let config = json!({"workspace_mount": "scratch", "exposure_mode": "private"});
        let overrides = Overrides { gpu_count: Some(0), cpu_cores: Some(2), memory_gib: Some(4) };
        LaunchInstance {
            project: self.project,
            app_slug: "jupyterlab".into(),
            app_version: "2026.04-preview".into(),
            display_name: "My JupyterLab".into(),
            allocation,
            artifact: None,
            given: Given { config: config.as_object().unwrap().clone(), resource_overrides: overrides },
            environment: Arc::new(Environment::first(false)),
        }
    }

    pub(crate) async fn launched(&self, allocation: AllocationId) -> InstanceId {
        self.platform.engine.execute(&self.platform.admin, &self.launch(allocation)).await.unwrap().id
    }

    pub(crate) async fn phase(&self, id: InstanceId) -> Phase {
        self.platform.engine.state::<AppInstance>(id).await.unwrap().0.details().unwrap().phase
    }

    pub(crate) async fn until_phase(&self, id: InstanceId, phase: Phase) {
        self.until::<AppInstance>(id, |state| state.details().is_some_and(|it| it.phase == phase)).await;
    }

    pub(crate) async fn until_waiting(&self, id: InstanceId, waiting: Waiting) {
        self.until::<AppInstance>(id, |state| state.details().is_some_and(|it| it.waiting == Some(waiting))).await;
    }

    pub(crate) async fn until_word(&self, id: AllocationId, word: &str) {
        self.until::<Allocation>(id, |state| state.word() == word).await;
    }

    async fn until<A: Aggregate + TryFrom<AnyState>>(&self, id: A::Id, is_so: impl Fn(&A) -> bool) {
        for _ in 0..500 {
            let (state, _) = self.platform.engine.state::<A>(id).await.unwrap();
            if is_so(&state) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{id} is {:?}", self.platform.engine.state::<A>(id).await.unwrap().0);
    }
}

/// The notebook app, its version published and its image promoted.
async fn catalog(platform: &Platform) -> (AppId, ArtifactId) {
    let (engine, admin) = (&platform.engine, &platform.admin);
    let create = CreateApp {
        organization: None,
        slug: "jupyterlab".into(),
        display_name: "JupyterLab".into(),
        description: None,
    };
    let app = engine.execute(admin, &create).await.unwrap().id;
    let version = CreateAppVersion { app, version: Text::new("2026.04-preview").unwrap(), manifest: manifest() };
    let id = engine.execute(admin, &version).await.unwrap().id;
    engine.execute(admin, &PublishAppVersion { app, id }).await.unwrap();
    let upload = UploadArtifact {
        app,
        name: Text::new("runtime-cpu").unwrap(),
        image: image(),
        media_type: MediaType::OciImageManifest,
        architecture: Architecture::Amd64,
        accelerator: None,
    };
    let id = engine.execute(admin, &upload).await.unwrap().id;
    let answer = Ok(Verified { config_digest: None, size_bytes: 1 });
    engine.execute(&Context::system([9; 16]), &RecordArtifactVerification { id, answer }).await.unwrap();
    engine.execute(admin, &PublishArtifact { app, id }).await.unwrap();
    engine.execute(admin, &PromoteArtifact { app, id }).await.unwrap();
    (app, id)
}

/// A node's agent, as the server sees it.
pub(crate) struct TestNode {
    pub(crate) id: NodeId,
    key: PublicKey,
    context: Context,
    chain: ChainPoint,
}

impl TestNode {
    /// Enrolls a node with slots of two processors and 4 GiB, and brings it online.
    async fn enroll(platform: &Platform, name: &str, slots: u16) -> Self {
        let register = RegisterNode { name: Text::new(name).unwrap(), simulated: true };
        let id = platform.engine.execute(&platform.admin, &register).await.unwrap().id;
        let issue = IssueEnrollment { node: id, seconds: 600 };
        let issued = platform.engine.execute(&platform.admin, &issue).await.unwrap();
        let (key, serial) = (PublicKey([name.len() as u8; 32]), Serial([1; 16]));
        let certificate = NewCertificate { serial, not_before: Timestamp(0), not_after: Timestamp::MAX };
        let (enrollment, secret) = (issued.id, issued.secret.unwrap());
        let enroll = EnrollNode { node: id, enrollment, secret, public_key: key, certificate };
        let actor = Actor::Enrolling { node: id, enrollment };
        platform.engine.execute(&Context { actor, ..Context::system([9; 16]) }, &enroll).await.unwrap();
        let actor = Actor::Node { node: id, public_key: key, certificate: serial };
        let context = Context { actor, ..Context::system([9; 16]) };
        let mut node = Self { id, key, context, chain: ChainPoint::first(key) };
        node.come_online(platform).await;
        node.report(platform, vec![ReportItem::Runtime(runtime(None)), ReportItem::Inventory(inventory(slots))]).await;
        node
    }

    pub(crate) async fn come_online(&self, platform: &Platform) {
        let (boot_id, agent_version) = (Text::new("boot").unwrap(), Text::new("1").unwrap());
        let online = ComeOnline { node: self.id, boot_id, agent_version };
        platform.engine.execute(&self.context, &online).await.unwrap();
    }

    pub(crate) async fn report(&mut self, platform: &Platform, items: Vec<ReportItem>) {
        let point = self.chain.clone();
        let hash = Digest([point.sequence as u8; 32]);
        let body = ReportBody { node: self.id, chain: point.clone(), at: Timestamp(1), items };
        let report = TakeReport::new(self.id, self.key, body, hash);
        platform.engine.execute(&self.context, &report).await.unwrap();
        assert_eq!(report.refused(), []);
        self.chain = point.next(hash);
    }

    /// Says of the oldest task that waits, or that comes within a moment, how far it is.
    pub(crate) async fn reach(&mut self, fleet: &Fleet, steps: &[TaskStep]) -> TaskId {
        let (task, generation) = self.next_task(fleet).await;
        for step in steps {
            let report = TaskReport { task, generation, at: Timestamp(1), step: step.clone() };
            self.report(&fleet.platform, vec![ReportItem::Task(Box::new(report))]).await;
        }
        task
    }

    pub(crate) async fn next_task(&self, fleet: &Fleet) -> (TaskId, u64) {
        for _ in 0..500 {
            if let Some(task) = fleet.facts.open_tasks(self.id).await.into_iter().next() {
                let NodeTask::Open { queued, .. } = task.state else { continue };
                return (task.id, queued.generation);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no task came");
    }
}

pub(crate) fn done(lifecycle: Lifecycle) -> TaskStep {
    let endpoint = Endpoint {
        name: Text::new("web").unwrap(),
        container_port: 8888,
        address: Text::new("127.0.0.1").unwrap(),
        port: 40_000,
    };
    let untouched = ExecutorOutput::untouched("simulated", "fine");
    TaskStep::Succeeded { output: ExecutorOutput { lifecycle, endpoints: vec![endpoint], ..untouched } }
}

pub(crate) fn failed() -> TaskStep {
    let output = ExecutorOutput::untouched("simulated", "gone");
    TaskStep::Failed { failure: Failure::new(FailureCode::ImageNotFound, "push the image"), output }
}

pub(crate) fn runtime(problem: Option<&str>) -> RuntimeStatus {
    RuntimeStatus {
        engine: Some(Text::new("simulated").unwrap()),
        version: None,
        isolation: true,
        gpu_support: false,
        problem: problem.map(|problem| Text::new(problem).unwrap()),
    }
}

pub(crate) fn inventory(slots: u16) -> Inventory {
    Inventory {
        architecture: Architecture::Amd64,
        cpu_millis: u32::from(slots) * 2000,
        memory_bytes: u64::from(slots) << 32,
        gpus: vec![],
        slots: (0..slots).map(|index| Slot { index, cpu_millis: 2000, memory_bytes: 1 << 32, gpus: vec![] }).collect(),
        simulated: true,
    }
}
