//! A server with a project that may launch, a node with an agent and the engine.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use gpuaas_api::Config;
use gpuaas_node_agent::{AgentError, Engine, InventorySource, run};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::engine::Sweeper;
use super::image::{self, Published};
use super::place::Place;
use crate::checked::Client;
use crate::nodes::platform::Platform;

/// What every test begins with.
pub(super) struct World {
    pub(super) platform: Platform,
    pub(super) client: Client,
    /// The node's id.
    pub(super) node: String,
    /// Path of the project.
    pub(super) project: String,
    sku: String,
    token: String,
    folder: TempDir,
    running: Running,
    _sweeper: Sweeper,
}

/// The agent, in this process or in one that can be killed.
enum Running {
    Here { shutdown: CancellationToken, _task: JoinHandle<Result<(), AgentError>> },
    Process(Child),
    Not,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Self::Here { shutdown, .. } = self {
            shutdown.cancel();
        }
    }
}

fn id(body: &Value) -> String {
    body["id"].as_str().unwrap().to_owned()
}

fn settings(config: &mut Config) {
    config.images.registries = vec![format!("http://{}", Place::open().host).parse().unwrap()];
    config.gateway.heartbeat = Duration::from_secs(1);
    config.gateway.attest_every = Duration::from_secs(1);
    config.limits.recheck = Duration::from_millis(100);
}

impl World {
    /// With an agent in this process.
    pub(super) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// With other settings.
    pub(super) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut world = Self::without_agent(change).await;
        let shutdown = CancellationToken::new();
        let config = gpuaas_node_agent::Config {
            server: world.platform.gateway(),
            folder: world.folder.path().to_owned(),
            token: Some(world.token.parse().unwrap()),
            engine: Engine::Docker { host: std::env::var("DOCKER_HOST").ok() },
            inventory: InventorySource::Machine { slots: Some(1) },
            allow_local_images: false,
        };
        let task = tokio::spawn(run(config, shutdown.clone()));
        world.running = Running::Here { shutdown, _task: task };
        world.until_ready().await;
        world
    }

    /// With an agent in a process of its own.
    pub(super) async fn with_process() -> Self {
        let mut world = Self::without_agent(|_| {}).await;
        world.start_process();
        world.until_ready().await;
        world
    }

    /// With nobody at the node yet.
    async fn without_agent(change: impl FnOnce(&mut Config)) -> Self {
        let platform = Platform::start(|config| {
            settings(config);
            change(config);
        })
        .await;
        let client = platform.checked();
        let node = id(&client.post("/api/v1/nodes", json!({"name": "one"})).await.expect(201));
        let issued = client.post(&format!("/api/v1/nodes/{node}/enrollment-tokens"), json!({})).await.expect(201);
        let token = issued["token"].as_str().unwrap().to_owned();
        let organization = json!({"slug": "acme", "display_name": "Acme"});
        let organization = id(&client.post("/api/v1/orgs", organization).await.expect(201));
        let project = json!({"slug": "research", "display_name": "Research"});
        let project = client.post(&format!("/api/v1/orgs/{organization}/projects"), project).await.expect(201);
        let project = format!("/api/v1/projects/{}", id(&project));
        let sku = priced_sku(&client).await;
        let folder = TempDir::new().unwrap();
        let (running, _sweeper) = (Running::Not, Sweeper(node.clone()));
        Self { platform, client, node, project, sku, token, folder, running, _sweeper }
    }

    /// Starts the agent as a process, in place of the one that was killed.
    pub(super) fn start_process(&mut self) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_agent"));
        command.args(["--server", &self.platform.gateway(), "--slots", "1", "--folder"]).arg(self.folder.path());
        command.env("GPUAAS_ENROLLMENT_TOKEN", &self.token).stdout(Stdio::null()).kill_on_drop(true);
        self.running = Running::Process(command.spawn().unwrap());
    }

    /// `kill -9`: the agent is not asked.
    pub(super) async fn kill_process(&mut self) {
        let Running::Process(process) = &mut self.running else { panic!("the agent is no process") };
        process.kill().await.unwrap();
    }

    /// Every file of the server and of the agent, but for the key store.
    pub(super) fn kept(&self) -> Vec<u8> {
        [self.platform.directory(), self.folder.path()].iter().flat_map(|folder| files(folder)).collect()
    }

    /// Waits until the node takes tasks.
    pub(super) async fn until_ready(&self) {
        let path = format!("/api/v1/nodes/{}", self.node);
        let ready = |node: &Value| {
            node["status"] == "online" && node["inventory"].is_object() && node["runtime"]["engine"] == "docker"
        };
        let node = self.client.until(&path, ready).await;
        assert_eq!(node["runtime"]["problem"], Value::Null, "{node}");
    }

    /// An app with a published version that the project may launch. Path of the app.
    pub(super) async fn app(&self, slug: &str, manifest: Value) -> String {
        let app = json!({"slug": slug, "display_name": slug});
        self.client.post("/api/v1/apps", app).await.expect(201);
        let app = format!("/api/v1/apps/catalog/{slug}");
        let version = json!({"version": "1", "manifest": manifest});
        let version = id(&self.client.post(&format!("{app}/versions"), version).await.expect(201));
        self.client.act(&format!("{app}/versions/{version}/publish")).await.expect(200);
        let entitlement = format!("{}/apps/entitlements/{slug}", self.project);
        self.client.put(&entitlement, json!({"enabled": true})).await.expect(200);
        app
    }

    /// Lets the platform know of an image: path of the artifact, once the registry was asked.
    pub(super) async fn artifact(&self, app: &str, name: &str, image: &Published) -> String {
        let artifact = json!({
            "name": name, "image": {"registry": image.name}, "media_type": image.media_type,
            "architecture": image.architecture
        });
        let artifact = id(&self.client.post(&format!("{app}/artifacts"), artifact).await.expect(201));
        let path = format!("{app}/artifacts/{artifact}");
        self.client.until(&path, |shown| shown["status"] != "uploaded" || !shown["fault"].is_null()).await;
        path
    }

    /// Lets an artifact be launched. Its id.
    pub(super) async fn promote(&self, artifact: &str) -> String {
        self.client.act(&format!("{artifact}/publish")).await.expect(200);
        id(&self.client.act(&format!("{artifact}/promote")).await.expect(200))
    }

    /// An app, and an image of it that can be launched.
    pub(super) async fn offer(&self, slug: &str, manifest: Value, image: &Published) {
        let artifact_name = manifest["artifacts"]["primary_image"]["artifact_name"].as_str().unwrap().to_owned();
        let app = self.app(slug, manifest).await;
        let artifact = self.artifact(&app, &artifact_name, image).await;
        assert_eq!(self.client.get(&artifact).await.expect(200)["status"], "verified");
        self.promote(&artifact).await;
    }

    /// The whole node: id of the allocation.
    pub(super) async fn allocate(&self) -> String {
        let wanted = json!({"sku_id": self.sku, "display_name": "Mine"});
        let asked = self.client.post(&format!("{}/allocations", self.project), wanted).await.expect(201);
        let path = format!("{}/allocations/{}", self.project, id(&asked));
        id(&self.client.until(&path, |shown| shown["status"] == "active").await)
    }

    /// What a launch of an app on an allocation says.
    pub(super) fn wish(slug: &str, allocation: &str) -> Value {
        json!({
            "app_slug": slug, "app_version": "1", "display_name": "Mine",
            "placement_intent": {"target_allocation_id": allocation}
        })
    }

    /// Launches: path of the instance.
    pub(super) async fn launch(&self, wish: Value) -> String {
        let instances = format!("{}/app-instances", self.project);
        let launched = self.client.post(&instances, wish).await.expect(202);
        assert_eq!(launched["status"], "requested");
        format!("{instances}/{}", id(&launched))
    }

    /// An instance once it is where it should be. One that fails instead is told at once.
    pub(super) async fn until(&self, instance: &str, status: &str) -> Value {
        let there = |shown: &Value| shown["status"] == status || shown["status"] == "failed";
        let shown = self.client.until(instance, there).await;
        assert_eq!(shown["status"], status, "{shown}");
        shown
    }

    /// Asks something of an instance, and waits for what comes of it.
    pub(super) async fn act(&self, instance: &str, what: &str, until: &str) -> Value {
        self.client.act(&format!("{instance}/{what}")).await.expect(202);
        self.until(instance, until).await
    }

    /// Removes an instance, and waits until it is gone.
    pub(super) async fn remove(&self, instance: &str) {
        self.client.delete(instance).await.expect(202);
        self.client.until(instance, |shown| shown["status"] == "decommissioned").await;
    }

    /// Kinds of the tasks that the node was given for workloads, in their order.
    pub(super) async fn tasks(&self) -> Vec<String> {
        let page = self.client.get(&format!("/api/v1/nodes/{}/tasks?limit=200", self.node)).await.expect(200);
        let kinds = page["items"].as_array().unwrap().iter().map(|task| task["kind"].as_str().unwrap().to_owned());
        kinds.filter(|kind| kind != "workload.oci_runtime_status").collect()
    }
}

/// What is in the files of a folder and of those in it.
fn files(folder: &Path) -> Vec<u8> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let content = |path: std::path::PathBuf| if path.is_dir() { files(&path) } else { std::fs::read(path).unwrap() };
    entries.flat_map(content).collect()
}

/// The id in a path.
pub(super) fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

/// Connects to where an instance says that its endpoint is on its node.
pub(super) async fn dial(shown: &Value) -> std::io::Result<TcpStream> {
    let endpoint = &shown["endpoints"][0];
    let ip = endpoint["address"].as_str().unwrap().parse().unwrap();
    let port = u16::try_from(endpoint["port"].as_u64().unwrap()).unwrap();
    TcpStream::connect(SocketAddr::new(ip, port)).await
}

/// A SKU of the size that the documents' own example wants, with a price.
async fn priced_sku(client: &Client) -> String {
    let shape = json!({"architecture": image::architectures().0, "cpu_cores": 2, "memory_gib": 4});
    let sku = json!({"name": "cpu", "display_name": "Two cores", "shape": shape});
    let sku = id(&client.post("/api/v1/skus", sku).await.expect(201));
    let book = json!({"name": "standard", "currency": "EUR"});
    let book = id(&client.post("/api/v1/price-books", book).await.expect(201));
    let price = json!({"item": {"sku_id": sku}, "price": "2.5"});
    client.post(&format!("/api/v1/price-books/{book}/prices"), price).await.expect(200);
    sku
}
