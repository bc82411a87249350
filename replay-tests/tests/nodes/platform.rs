//! A server with a gateway, an operator who asks it over HTTP, and agents in this process.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use gpuaas_api::{Config, Server};
use gpuaas_domain::id::{NodeId, TaskId, TypedId as _};
use gpuaas_domain::node_report::{self, ChainPoint};
use gpuaas_domain::{EventSet as _, node_task};
use gpuaas_log::append::StreamId;
use gpuaas_log::entry::StoredEntry;
use gpuaas_log::payload;
use gpuaas_node_agent::{AgentError, Engine, InventorySource, run};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::checked::Client;

/// How long anything may take that is to happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server.
pub(crate) struct Platform {
    server: Option<Server>,
    config: Config,
    directory: TempDir,
    http: reqwest::Client,
}

/// A registered node.
pub(crate) struct Registered {
    pub(crate) id: NodeId,
    pub(crate) token: String,
}

/// Waits until something holds.
async fn eventually<F: Future<Output = Option<T>>, T>(what: &str, probe: impl Fn() -> F) -> T {
    let wait = async {
        loop {
            match probe().await {
                Some(found) => return found,
                None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

impl Platform {
    pub(crate) async fn start(change: impl FnOnce(&mut Config)) -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let directory = TempDir::new().unwrap();
        let mut config = Config::embedded(directory.path(), SocketAddr::from(([127, 0, 0, 1], 0)));
        config.limits.rate = None;
        change(&mut config);
        let server = gpuaas_api::serve(config.clone()).await.unwrap();
        // A restarted server is where its agents look for it.
        config.gateway.listen = server.gateway_address();
        Self { server: Some(server), config, directory, http: reqwest::Client::new() }
    }

    /// Ends the server in good order and starts another one in its place.
    pub(crate) async fn restart(&mut self) {
        self.server.take().unwrap().shutdown().await;
        self.server = Some(gpuaas_api::serve(self.config.clone()).await.unwrap());
    }

    fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    /// A client of the operator's, which checks every answer against the document.
    pub(crate) fn checked(&self) -> Client {
        let token = std::fs::read_to_string(self.directory.path().join("admin.token")).unwrap();
        Client::new(self.server().address(), Some(token.trim().to_owned()))
    }

    /// The server's data directory.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// A client of whoever has this token.
    pub(crate) fn client(&self, token: &str) -> Client {
        Client::new(self.server().address(), Some(token.to_owned()))
    }

    /// The server's log.
    pub(crate) fn log(&self) -> &gpuaas_log::Log {
        self.server().log()
    }

    /// Where agents find the gateway.
    pub(crate) fn gateway(&self) -> String {
        format!("https://{}", self.config.gateway.listen)
    }

    async fn operate(&self, method: Method, path: &str, body: Value) -> Value {
        let token = std::fs::read_to_string(self.directory.path().join("admin.token")).unwrap();
        let url = format!("http://{}/api/v1{path}", self.server().address());
        let mut request = self.http.request(method.clone(), url).bearer_auth(token.trim());
        if method != Method::GET {
            request = request.header("Idempotency-Key", format!("{:032x}", rand::random::<u128>()));
        }
        if !body.is_null() {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let body = response.json().await.unwrap();
        assert!(status.is_success(), "{method} {path}: {status} {body}");
        body
    }

    /// Registers a simulated node, and issues a token for it.
    pub(crate) async fn register(&self, name: &str) -> Registered {
        let node = self.operate(Method::POST, "/nodes", json!({"name": name, "simulated": true})).await;
        let id = node["id"].as_str().unwrap();
        let issued = self.operate(Method::POST, &format!("/nodes/{id}/enrollment-tokens"), json!({})).await;
        Registered { id: id.parse().unwrap(), token: issued["token"].as_str().unwrap().to_owned() }
    }

    /// A node as the operator sees it.
    pub(crate) async fn node(&self, id: &NodeId) -> Value {
        self.operate(Method::GET, &format!("/nodes/{id}"), Value::Null).await
    }

    /// A node once something is true of it.
    pub(crate) async fn node_when(&self, id: &NodeId, holds: impl Fn(&Value) -> bool) -> Value {
        let holds = &holds;
        eventually("the node", async || {
            let node = self.node(id).await;
            holds(&node).then_some(node)
        })
        .await
    }

    pub(crate) async fn ban(&self, id: &NodeId) {
        self.operate(Method::POST, &format!("/nodes/{id}/ban"), Value::Null).await;
    }

    /// Waits until a node's request of this kind was refused as forbidden.
    pub(crate) async fn until_forbidden(&self, method: &str, route: &str) {
        let counted = format!("gpuaas_http_requests_total{{method=\"{method}\",route=\"{route}\",status=\"403\"}}");
        let url = format!("http://{}/metrics", self.server().address());
        eventually(&counted, async || {
            let counts = self.http.get(&url).send().await.unwrap().text().await.unwrap();
            counts.contains(&counted).then_some(())
        })
        .await;
    }

    /// Asks a node so many times what its engine can do.
    pub(crate) async fn ask(&self, id: &NodeId, times: usize) -> Vec<TaskId> {
        let mut tasks = Vec::new();
        for _ in 0..times {
            let task = self.operate(Method::POST, &format!("/nodes/{id}/runtime-status"), Value::Null).await;
            tasks.push(task["id"].as_str().unwrap().parse().unwrap());
        }
        tasks
    }

    /// Waits until so many tasks of a node have succeeded, and none has ended otherwise.
    pub(crate) async fn until_succeeded(&self, id: &NodeId, count: usize) {
        eventually("the tasks' end", async || {
            let page = self.operate(Method::GET, &format!("/nodes/{id}/tasks?limit=200"), Value::Null).await;
            let all = page["items"].as_array().unwrap();
            assert!(all.iter().all(|task| task["failure"].is_null() && task["status"] != "cancelled"), "{page}");
            (all.iter().filter(|task| task["status"] == "succeeded").count() == count).then_some(())
        })
        .await;
    }

    async fn entries(&self) -> Vec<StoredEntry> {
        self.server().log().read(0, 1_000_000).await.unwrap()
    }

    /// The tasks that a node said it has, in the order in which it said so.
    pub(crate) async fn delivered(&self, id: &NodeId) -> Vec<TaskId> {
        let entries = self.entries().await;
        let mut own = Vec::new();
        let mut delivered = Vec::new();
        for stored in &entries {
            let entry = stored.entry().unwrap();
            if entry.stream.kind != "node_task" {
                continue;
            }
            let task = TaskId::from_uuid(entry.stream.id);
            let mut payload = payload::deserializer(stored.payload().unwrap().unwrap());
            match node_task::Event::deserialize_fields(entry.event, entry.schema, &mut payload).unwrap() {
                node_task::Event::Queued(queued) if queued.node == *id => own.push(task),
                node_task::Event::Delivered(_) if own.contains(&task) => delivered.push(task),
                _ => {}
            }
        }
        delivered
    }

    /// Whether each report that was taken of a node names the one before.
    pub(crate) async fn chain_is_whole(&self, id: &NodeId) -> bool {
        let stream = StreamId::new("node_report", id.uuid());
        let entries = self.server().log().read_stream(&stream, 0, 100_000).await.unwrap();
        let mut expected: Option<ChainPoint> = None;
        entries.iter().all(|stored| {
            let entry = stored.entry().unwrap();
            let mut payload = payload::deserializer(stored.payload().unwrap().unwrap());
            let event = node_report::Event::deserialize_fields(entry.event, entry.schema, &mut payload).unwrap();
            let node_report::Event::Extended(extended) = event else { return false };
            let first = ChainPoint::first(extended.public_key);
            let follows = extended.point == expected.clone().unwrap_or(first);
            expected = Some(extended.point.next(extended.hash));
            follows
        })
    }
}

/// An agent in this process.
pub(crate) struct Agent {
    folder: TempDir,
    shutdown: CancellationToken,
    task: JoinHandle<Result<(), AgentError>>,
}

impl Agent {
    pub(crate) fn start(platform: &Platform, token: Option<&str>) -> Self {
        Self::in_folder(platform, TempDir::new().unwrap(), token)
    }

    pub(crate) fn in_folder(platform: &Platform, folder: TempDir, token: Option<&str>) -> Self {
        let shutdown = CancellationToken::new();
        let config = gpuaas_node_agent::Config {
            server: platform.gateway(),
            folder: folder.path().to_owned(),
            token: token.map(|token| token.parse().unwrap()),
            engine: Engine::Simulated { start_takes: Duration::from_millis(5) },
            inventory: InventorySource::Simulated { slots: 4 },
            allow_local_images: false,
        };
        let task = tokio::spawn(run(config, shutdown.clone()));
        Self { folder, shutdown, task }
    }

    /// Ends it in good order, and gives its folder.
    pub(crate) async fn stop(self) -> TempDir {
        self.shutdown.cancel();
        self.task.await.unwrap().unwrap();
        self.folder
    }
}

/// A copy of an agent's folder, as whoever steals one has it.
pub(crate) fn copied(folder: &TempDir) -> TempDir {
    let copy = TempDir::new().unwrap();
    copy_into(folder.path(), copy.path());
    copy
}

fn copy_into(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy_into(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
