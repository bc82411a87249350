//! What the contest needs to be there: a tenant, an app that it may launch, a SKU of one slot,
//! and nodes.

use std::time::Duration;

use gpuaas_node_agent::{AgentError, Simulation, simulate};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::client::{Client, id};

/// How long a simulated workload takes to become ready.
const START_TAKES: Duration = Duration::from_millis(5);
const PATIENCE: Duration = Duration::from_secs(30);

/// What a request for an allocation, and a launch on it, name.
pub(super) struct Catalog {
    /// A token of the tenant's.
    pub(super) token: String,
    pub(super) project: String,
    pub(super) sku: String,
    pub(super) artifact: String,
}

impl Catalog {
    /// Made by an operator.
    pub(super) async fn stock(operator: &Client, api: &str) -> Self {
        let user = json!({"display_name": "Ada", "email": "ada@example.org"});
        let user = id(&operator.post("/users", user).await);
        let issued = operator.post(&format!("/users/{user}/tokens"), json!({"name": "contest"})).await;
        let token = issued["bearer"].as_str().unwrap().to_owned();
        let tenant = Client::new(api, &token, 1);
        let organization = id(&operator.post("/orgs", json!({"slug": "acme", "display_name": "Acme"})).await);
        let admin = json!({"user_id": user, "role": "org_admin"});
        operator.post(&format!("/orgs/{organization}/members"), admin).await;
        let project = json!({"slug": "research", "display_name": "Research"});
        let project = id(&tenant.post(&format!("/orgs/{organization}/projects"), project).await);
        let admin = json!({"user_id": user, "role": "project_admin"});
        tenant.post(&format!("/projects/{project}/members"), admin).await;
        let shape = json!({"architecture": "amd64", "cpu_cores": 1, "memory_gib": 2});
        let sku = json!({"name": "one", "display_name": "One slot", "shape": shape});
        let sku = id(&operator.post("/skus", sku).await);
        let artifact = app(&tenant, &organization, &project).await;
        Self { token, project, sku, artifact }
    }
}

/// An app that the project may launch; its image is one that a node's engine has.
async fn app(tenant: &Client, organization: &str, project: &str) -> String {
    let app = json!({"organization_id": organization, "slug": "jupyterlab", "display_name": "Lab"});
    tenant.post("/apps", app).await;
    let versions = "/apps/catalog/jupyterlab/versions";
    let version = id(&tenant.post(versions, json!({"version": "1", "manifest": manifest()})).await);
    tenant.post(&format!("{versions}/{version}/publish"), Value::Null).await;
    let image = json!({
        "name": "runtime-cpu", "image": {"local_image": format!("sha256:{}", "ab".repeat(32))},
        "media_type": "application/vnd.oci.image.manifest.v1+json", "architecture": "amd64"
    });
    let artifacts = "/apps/catalog/jupyterlab/artifacts";
    let artifact = id(&tenant.post(artifacts, image).await);
    let path = format!("{artifacts}/{artifact}");
    until(tenant, &path, |shown| shown["status"] == "verified").await;
    tenant.post(&format!("{path}/publish"), Value::Null).await;
    tenant.post(&format!("{path}/promote"), Value::Null).await;
    let entitlement = format!("/projects/{project}/apps/entitlements/jupyterlab");
    tenant.put(&entitlement, json!({"enabled": true})).await;
    artifact
}

/// The manifest of the platform's own documents, for an image that a node's engine has and
/// for what fits into a slot.
fn manifest() -> Value {
    let text = include_str!("../../../domain/src/profile/jupyterlab.json");
    let mut manifest: Value = serde_json::from_str(text).unwrap();
    manifest["artifacts"]["primary_image"]["source"] = json!("local_image");
    manifest["resources"]["cpu"]["min_cores"] = json!(1);
    manifest["resources"]["memory"]["min_gib"] = json!(2);
    manifest
}

/// Waits until something holds of a resource.
pub(super) async fn until(client: &Client, path: &str, holds: impl Fn(&Value) -> bool) {
    let wait = async {
        while !holds(&client.get(path).await) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("waited in vain for {path}"));
}

/// A simulated node, with its agent.
pub(super) struct Node {
    agent: JoinHandle<Result<(), AgentError>>,
    shutdown: CancellationToken,
    _folder: TempDir,
}

impl Node {
    /// Registers one and lets its agent talk to a gateway.
    pub(super) async fn start(operator: &Client, gateway: &str, name: &str, slots: u16) -> Self {
        let node = id(&operator.post("/nodes", json!({"name": name, "simulated": true})).await);
        let issued = operator.post(&format!("/nodes/{node}/enrollment-tokens"), json!({})).await;
        let (folder, shutdown) = (TempDir::new().unwrap(), CancellationToken::new());
        let simulation = Simulation {
            server: gateway.to_owned(),
            folder: folder.path().to_owned(),
            tokens: vec![issued["token"].as_str().unwrap().parse().unwrap()],
            slots,
            start_takes: START_TAKES,
        };
        let agent = tokio::spawn(simulate(simulation, shutdown.clone()));
        let is_there = |node: &Value| node["status"] == "online" && node["runtime"].is_object();
        until(operator, &format!("/nodes/{node}"), is_there).await;
        Self { agent, shutdown, _folder: folder }
    }

    pub(super) async fn stop(self) {
        self.shutdown.cancel();
        self.agent.await.unwrap().unwrap();
    }
}
