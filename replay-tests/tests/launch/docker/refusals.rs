//! What cannot be launched is refused by its code, before anything is queued.

use serde_json::{Value, json};

use super::image::{self, Published, architectures};
use super::manifest;
use super::world::{World, last};

/// A world with an app, an image of it that can be launched, and an allocation.
struct Stocked {
    world: World,
    app: String,
    image: Published,
    wish: Value,
}

impl Stocked {
    async fn start() -> Self {
        let (world, image) = (World::start().await, image::web().await);
        let app = world.app("web", manifest::web("web")).await;
        let artifact = world.artifact(&app, "runtime", &image).await;
        world.promote(&artifact).await;
        let wish = World::wish("web", &world.allocate().await);
        Self { world, app, image, wish }
    }

    /// Another artifact of the app: its id, and its path.
    async fn artifact(&self, image: &Published) -> (String, String) {
        let path = self.world.artifact(&self.app, "runtime", image).await;
        (last(&path).to_owned(), path)
    }

    /// Launches, with this changed, and finds it refused with nothing done.
    async fn refused(&self, change: impl FnOnce(&mut Value), status: u16, code: &str) {
        let mut wish = self.wish.clone();
        change(&mut wish);
        let instances = format!("{}/app-instances", self.world.project);
        let reply = self.world.client.post(&instances, wish).await;
        reply.refused(status, code);
        let fields = reply.body["error"]["fields"].as_array().unwrap();
        assert!(fields.iter().any(|field| field["message"].as_str().unwrap().starts_with(code)), "{fields:?}");
        assert_eq!(self.world.client.get(&instances).await.expect(200)["items"], json!([]));
        assert_eq!(self.world.tasks().await, Vec::<String>::new(), "something was queued");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_artifact_that_the_registry_does_not_vouch_for_is_not_launched() {
    let stocked = Stocked::start().await;
    let repository = stocked.image.name.split_once('@').unwrap().0;
    let missing = Published { name: format!("{repository}@sha256:{}", "ab".repeat(32)), ..stocked.image.clone() };
    let (id, path) = stocked.artifact(&missing).await;
    assert_eq!(stocked.world.client.get(&path).await.expect(200)["fault"], "not_in_registry");
    stocked.world.client.act(&format!("{path}/publish")).await.refused(409, "artifact_not_in_registry");
    stocked.refused(|wish| wish["artifact_id"] = id.into(), 409, "artifact_not_in_registry").await;
    let tagged = json!({
        "name": "runtime", "image": {"registry": format!("{repository}:t")},
        "media_type": stocked.image.media_type, "architecture": architectures().0
    });
    let artifacts = format!("{}/artifacts", stocked.app);
    stocked.world.client.post(&artifacts, tagged).await.refused(422, "image_tag_refused");
    // A manifest that is there, and is of another kind than was said.
    let kinds = ["application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"];
    let other = kinds.into_iter().find(|kind| *kind != stocked.image.media_type).unwrap();
    let (id, path) = stocked.artifact(&Published { media_type: other.to_owned(), ..stocked.image.clone() }).await;
    assert_eq!(stocked.world.client.get(&path).await.expect(200)["fault"], "media_type_mismatch");
    stocked.refused(|wish| wish["artifact_id"] = id.into(), 409, "artifact_mismatch").await;
    // A manifest that is there, and is another processor's.
    let (_, other) = architectures();
    let (id, path) = stocked.artifact(&Published { architecture: other.to_owned(), ..stocked.image.clone() }).await;
    assert_eq!(stocked.world.client.get(&path).await.expect(200)["fault"], "architecture_mismatch");
    stocked.refused(|wish| wish["artifact_id"] = id.into(), 409, "architecture_mismatch").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_artifact_that_is_retired_or_for_another_processor_is_not_launched() {
    let stocked = Stocked::start().await;
    let (id, path) = stocked.artifact(&image::web().await).await;
    stocked.refused(|wish| wish["artifact_id"] = id.clone().into(), 409, "artifact_not_ready").await;
    stocked.world.promote(&path).await;
    stocked.world.client.act(&format!("{path}/retire")).await.expect(200);
    stocked.refused(|wish| wish["artifact_id"] = id.into(), 409, "artifact_retired").await;
    let foreign = image::retold(&stocked.image, architectures().1).await;
    let (id, path) = stocked.artifact(&foreign).await;
    stocked.world.promote(&path).await;
    stocked.refused(|wish| wish["artifact_id"] = id.into(), 409, "architecture_mismatch").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_that_this_environment_cannot_follow_are_refused() {
    let stocked = Stocked::start().await;
    stocked.refused(|wish| wish["resource_overrides"] = json!({"gpu_count": 1}), 409, "not_enough_gpus").await;
    let more = |wish: &mut Value| wish["resource_overrides"] = json!({"cpu_cores": 3});
    stocked.refused(more, 409, "resources_exceed_allocation").await;
    stocked.refused(|wish| wish["config"] = json!({"host_port": 8080}), 422, "host_port_refused").await;
    let proxied = |wish: &mut Value| wish["config"] = json!({"exposure_mode": "platform_proxy"});
    stocked.refused(proxied, 422, "exposure_unavailable").await;
    stocked.refused(|wish| wish["config"] = json!({"volume": "mine"}), 422, "parameter_unknown").await;
    let entitlement = format!("{}/apps/entitlements/web", stocked.world.project);
    stocked.world.client.put(&entitlement, json!({"enabled": false})).await.expect(200);
    stocked.refused(|_| {}, 403, "app_not_entitled").await;
    stocked.world.client.put(&entitlement, json!({"enabled": true})).await.expect(200);
    // The same without what was refused is launched.
    let instance = stocked.world.launch(stocked.wish.clone()).await;
    stocked.world.until(&instance, "running").await;
}
