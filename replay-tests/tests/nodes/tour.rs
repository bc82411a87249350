//! Every operation that needs a workload on a node reaches a good answer; each is checked
//! against the document.

use serde_json::{Value, json};

use super::platform::{Agent, Platform};
use crate::checked::{Client, WITH_A_NODE, all_reached};

/// The manifest that the platform's own documents show.
const MANIFEST: &str = include_str!("../../../domain/src/profile/jupyterlab.json");

/// What a project needs to launch something.
struct Project {
    client: Client,
    path: String,
    organization: String,
    sku: String,
}

fn id(body: &Value) -> String {
    body["id"].as_str().unwrap().to_owned()
}

impl Project {
    /// With an app that it is entitled to.
    async fn stocked(platform: &Platform) -> Self {
        let client = platform.checked();
        let organization = client.post("/api/v1/orgs", json!({"slug": "acme", "display_name": "Acme"})).await;
        let organization = id(&organization.expect(201));
        let project = json!({"slug": "research", "display_name": "Research"});
        let project = client.post(&format!("/api/v1/orgs/{organization}/projects"), project).await.expect(201);
        let path = format!("/api/v1/projects/{}", id(&project));
        let app = json!({"slug": "jupyterlab", "display_name": "JupyterLab"});
        client.post("/api/v1/apps", app).await.expect(201);
        offer(&client).await;
        client.put(&format!("{path}/apps/entitlements/jupyterlab"), json!({"enabled": true})).await.expect(200);
        let shape = json!({"architecture": "amd64", "cpu_cores": 2, "memory_gib": 4});
        let sku = json!({"name": "cpu", "display_name": "Two cores", "shape": shape});
        let sku = id(&client.post("/api/v1/skus", sku).await.expect(201));
        Self { client, path, organization, sku }
    }

    /// Two cores of a node.
    async fn allocated(&self) -> String {
        let wanted = json!({"sku_id": self.sku, "display_name": "Mine"});
        let asked = self.client.post(&format!("{}/allocations", self.path), wanted).await.expect(201);
        let path = format!("{}/allocations/{}", self.path, id(&asked));
        id(&self.client.until(&path, |shown| shown["status"] == "active").await)
    }

    /// A launch on an allocation: its path.
    async fn launched(&self, allocation: &str) -> String {
        let launch = json!({
            "app_slug": "jupyterlab", "app_version": "1", "display_name": "Notebook",
            "placement_intent": {"target_allocation_id": allocation},
            "resource_overrides": {"gpu_count": 0, "cpu_cores": 2, "memory_gib": 4}
        });
        let launched = self.client.post(&format!("{}/app-instances", self.path), launch).await.expect(202);
        format!("{}/app-instances/{}", self.path, id(&launched))
    }

    /// An instance once it is where it should be.
    async fn until(&self, instance: &str, status: &str) -> Value {
        self.client.until(instance, |shown| shown["status"] == status).await
    }

    /// Asks something of an instance, and waits for what comes of it.
    async fn act(&self, instance: &str, what: &str, until: &str) {
        self.client.act(&format!("{instance}/{what}")).await.expect(202);
        self.until(instance, until).await;
    }
}

/// A version that can be launched, and an image for it.
async fn offer(client: &Client) {
    let app = "/api/v1/apps/catalog/jupyterlab";
    let mut manifest: Value = serde_json::from_str(MANIFEST).unwrap();
    // A simulated node fetches nothing.
    manifest["artifacts"]["primary_image"]["source"] = "local_image".into();
    manifest["execution"]["app_token"] = json!({"env": "JUPYTER_TOKEN"});
    let version = client.post(&format!("{app}/versions"), json!({"version": "1", "manifest": manifest})).await;
    client.act(&format!("{app}/versions/{}/publish", id(&version.expect(201)))).await.expect(200);
    let artifact = json!({
        "name": "runtime-cpu", "architecture": "amd64",
        "image": {"local_image": format!("sha256:{}", "ab".repeat(32))},
        "media_type": "application/vnd.oci.image.manifest.v1+json"
    });
    let artifact = client.post(&format!("{app}/artifacts"), artifact).await.expect(201);
    let artifact = format!("{app}/artifacts/{}", id(&artifact));
    client.until(&artifact, |shown| shown["status"] == "verified").await;
    client.act(&format!("{artifact}/publish")).await.expect(200);
    client.act(&format!("{artifact}/promote")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_on_a_workload_succeeds_once() {
    let platform = Platform::start(|config| config.images.local_images = true).await;
    let node = platform.register("one").await;
    let agent = Agent::start(&platform, Some(&node.token));
    platform.node_when(&node.id, |node| node["inventory"].is_object() && node["status"] == "online").await;
    let project = Project::stocked(&platform).await;
    let (one, other) = (project.allocated().await, project.allocated().await);

    let instance = project.launched(&one).await;
    let running = project.until(&instance, "running").await;
    assert_eq!((&running["allocation_id"], &running["node_id"]), (&json!(one), &json!(node.id.to_string())));
    let shown = project.client.get(&format!("{}/allocations/{one}", project.path)).await.expect(200);
    assert_eq!(shown["app_instance_ids"], json!([running["id"]]));
    project.act(&instance, "stop", "stopped").await;
    project.act(&instance, "start", "running").await;
    project.act(&instance, "restart", "running").await;
    assert_eq!(project.client.get(&format!("{instance}/logs")).await.expect(200)["lines"], json!([]));
    project.client.get(&format!("{instance}/image-progress")).await.expect(200);
    project.client.act(&format!("{instance}/app-token")).await.expect(200);
    let listed = project.client.get(&format!("{}/app-instances?status=running", project.path)).await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    project.act(&instance, "decommission", "decommissioned").await;

    let removed = project.launched(&other).await;
    project.until(&removed, "running").await;
    project.client.delete(&removed).await.expect(202);
    project.until(&removed, "decommissioned").await;
    let folder = agent.stop().await;
    let cancelled = project.launched(&other).await;
    project.client.act(&format!("{cancelled}/cancel")).await.expect(202);
    let agent = Agent::in_folder(&platform, folder, None);
    project.until(&cancelled, "decommissioned").await;

    for allocation in [one, other] {
        let path = format!("{}/allocations/{allocation}", project.path);
        project.client.delete(&path).await.expect(202);
        project.client.until(&path, |shown| shown["status"] == "released").await;
    }
    let used = format!("/api/v1/orgs/{}/usage", project.organization);
    project.client.until(&used, |usage| usage["items"].as_array().is_some_and(|items| !items.is_empty())).await;
    agent.stop().await;
    every_command_is_registered(platform.log()).await;
    all_reached(&WITH_A_NODE);
}

/// Whatever the tour wrote was written by a command of the audit trail's table that may write it.
async fn every_command_is_registered(log: &gpuaas_log::Log) {
    let head = *log.head().borrow();
    for stored in log.read(0, usize::try_from(head).unwrap()).await.unwrap() {
        let entry = stored.entry().unwrap();
        let registered = gpuaas_commands::audit::find(entry.command.name);
        let registered = registered.unwrap_or_else(|| panic!("{} is not registered", entry.command.name));
        assert!(registered.events.contains(&entry.event), "{} wrote {}", entry.command.name, entry.event);
    }
}
