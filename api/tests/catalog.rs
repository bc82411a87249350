//! What can be launched and on what: apps, versions, artifacts, entitlements, SKUs,
//! allocations; as far as no node is needed.

use serde_json::{Value, json};

use crate::harness::{Running, Tenant, all_reached, manifest};

/// What these tests reach.
pub(crate) const REACHED: &[(&str, &str)] = &[
    ("POST", "/api/v1/apps"),
    ("GET", "/api/v1/apps/catalog"),
    ("GET", "/api/v1/apps/catalog/{app_slug}"),
    ("PATCH", "/api/v1/apps/catalog/{app_slug}"),
    ("GET", "/api/v1/apps/catalog/{app_slug}/versions"),
    ("POST", "/api/v1/apps/catalog/{app_slug}/versions"),
    ("GET", "/api/v1/apps/catalog/{app_slug}/versions/{app_version_id}"),
    ("POST", "/api/v1/apps/catalog/{app_slug}/versions/{app_version_id}/publish"),
    ("POST", "/api/v1/apps/catalog/{app_slug}/versions/{app_version_id}/retire"),
    ("GET", "/api/v1/apps/catalog/{app_slug}/artifacts"),
    ("POST", "/api/v1/apps/catalog/{app_slug}/artifacts"),
    ("GET", "/api/v1/apps/catalog/{app_slug}/artifacts/{artifact_id}"),
    ("POST", "/api/v1/apps/catalog/{app_slug}/artifacts/{artifact_id}/verify"),
    ("POST", "/api/v1/apps/catalog/{app_slug}/artifacts/{artifact_id}/publish"),
    ("POST", "/api/v1/apps/catalog/{app_slug}/artifacts/{artifact_id}/promote"),
    ("POST", "/api/v1/apps/catalog/{app_slug}/artifacts/{artifact_id}/retire"),
    ("GET", "/api/v1/projects/{project_id}/apps/entitlements"),
    ("PUT", "/api/v1/projects/{project_id}/apps/entitlements/{app_slug}"),
    ("GET", "/api/v1/skus"),
    ("POST", "/api/v1/skus"),
    ("GET", "/api/v1/skus/{sku_id}"),
    ("POST", "/api/v1/skus/{sku_id}/retire"),
    ("GET", "/api/v1/projects/{project_id}/allocations"),
    ("POST", "/api/v1/projects/{project_id}/allocations"),
    ("GET", "/api/v1/projects/{project_id}/allocations/{allocation_id}"),
    ("DELETE", "/api/v1/projects/{project_id}/allocations/{allocation_id}"),
    ("GET", "/api/v1/projects/{project_id}/app-instances"),
];

#[tokio::test]
async fn an_app_is_offered_entitled_and_retired() {
    let running = Running::with(|config| config.images.local_images = true).await;
    let tenant = Tenant::stocked(&running, "acme").await;
    let admin = &tenant.admin;
    let app = tenant.fill("/api/v1/apps/catalog/{app_slug}");
    admin.patch(&app, json!({"description": "Notebooks."})).await.expect(200);
    assert_eq!(admin.get(&app).await.expect(200)["description"], "Notebooks.");
    assert_eq!(admin.patch(&app, json!({"description": ""})).await.expect(200)["description"], Value::Null);
    admin.patch(&app, json!({"description": null})).await.refused(422, "invalid_field");
    let listed = admin.get("/api/v1/apps/catalog?slug_prefix=acme").await.expect(200);
    assert_eq!(listed["items"][0]["slug"], "acme-lab");

    let version = tenant.fill("/api/v1/apps/catalog/{app_slug}/versions/{app_version_id}");
    let shown = admin.get(&version).await.expect(200);
    assert_eq!(
        (&shown["version"]["status"], &shown["manifest"]["profile"]["slug"]),
        (&json!("draft"), &json!("acme-lab"))
    );
    admin.act(&format!("{version}/publish")).await.expect(200);
    let listed = admin.get(&format!("{app}/versions?version=1&status=published")).await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);

    let artifact = tenant.fill("/api/v1/apps/catalog/{app_slug}/artifacts/{artifact_id}");
    admin.until(&artifact, |shown| shown["status"] == "verified").await;
    admin.act(&format!("{artifact}/publish")).await.expect(200);
    let promoted = admin.act(&format!("{artifact}/promote")).await.expect(200);
    assert_eq!(promoted["status"], "promoted");
    let listed = admin.get(&format!("{app}/artifacts?status=promoted&name=runtime-cpu")).await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);

    let entitlements = tenant.fill("/api/v1/projects/{project_id}/apps/entitlements");
    let entitled = admin.put(&format!("{entitlements}/acme-lab"), json!({"enabled": true})).await.expect(200);
    assert_eq!((&entitled["app_slug"], &entitled["enabled"]), (&json!("acme-lab"), &json!(true)));
    let listed = admin.get(&format!("{entitlements}?enabled=true")).await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);

    assert_eq!(admin.act(&format!("{version}/retire")).await.expect(200)["status"], "retired");
    assert_eq!(admin.act(&format!("{artifact}/retire")).await.expect(200)["status"], "retired");
    without_a_node(&running, &tenant).await;
    a_registry_that_is_not_listed(&tenant).await;
    all_reached(REACHED);
}

async fn without_a_node(running: &Running, tenant: &Tenant) {
    let (operator, admin) = (running.admin(), &tenant.admin);
    let sku = tenant.fill("/api/v1/skus/{sku_id}");
    let shown = admin.get(&sku).await.expect(200);
    assert_eq!((&shown["name"], &shown["price"]), (&json!("acme-cpu"), &Value::Null));
    assert_eq!(admin.get("/api/v1/skus?status=active").await.expect(200)["items"].as_array().unwrap().len(), 1);
    let allocations = tenant.fill("/api/v1/projects/{project_id}/allocations");
    let wanted = json!({"sku_id": tenant.fill("{sku_id}"), "display_name": "Mine", "wait_seconds": 3600});
    let allocation = admin.post(&allocations, wanted.clone()).await.expect(201);
    assert_eq!((&allocation["status"], &allocation["placement"]), (&json!("requested"), &Value::Null));
    let path = format!("{allocations}/{}", allocation["id"].as_str().unwrap());
    assert_eq!(admin.get(&path).await.expect(200)["id"], allocation["id"]);
    let waiting = admin.get(&format!("{allocations}?status=requested")).await.expect(200);
    assert_eq!(waiting["items"].as_array().unwrap().len(), 1);
    assert_eq!(admin.delete(&path).await.expect(202)["status"], "released");
    let instances = tenant.fill("/api/v1/projects/{project_id}/app-instances");
    assert_eq!(admin.get(&instances).await.expect(200)["items"], json!([]));
    operator.act(&format!("{sku}/retire")).await.expect(200);
    admin.post(&allocations, wanted).await.refused(409, "sku_retired");
}

async fn a_registry_that_is_not_listed(tenant: &Tenant) {
    let artifacts = tenant.fill("/api/v1/apps/catalog/{app_slug}/artifacts");
    let image = format!("registry.example.org/lab@sha256:{}", "cd".repeat(32));
    let artifact = json!({
        "name": "runtime-cpu", "image": {"registry": image}, "architecture": "amd64",
        "media_type": "application/vnd.oci.image.manifest.v1+json"
    });
    let uploaded = tenant.admin.post(&artifacts, artifact.clone()).await.expect(201);
    let path = format!("{artifacts}/{}", uploaded["id"].as_str().unwrap());
    tenant.admin.until(&path, |shown| shown["fault"] == "registry_not_trusted").await;
    tenant.admin.act(&format!("{path}/verify")).await.expect(200);
    let mut tagged = artifact;
    tagged["image"]["registry"] = json!("registry.example.org/lab:latest");
    tenant.admin.post(&artifacts, tagged).await.refused(422, "image_tag_refused");
}

#[tokio::test]
async fn a_manifest_that_cannot_be_launched_is_refused_field_by_field() {
    let running = Running::start().await;
    let tenant = Tenant::stocked(&running, "acme").await;
    let versions = tenant.fill("/api/v1/apps/catalog/{app_slug}/versions");
    let refused = tenant.admin.post(&versions, json!({"version": "2", "manifest": {"profile": {}}})).await;
    assert_eq!(refused.code(), "manifest_invalid", "{}", refused.body);
    let fields = refused.body["error"]["fields"].as_array().unwrap();
    assert!(fields.iter().all(|field| field["field"].as_str().unwrap().starts_with("manifest.")), "{fields:?}");
}

#[tokio::test]
async fn the_platforms_apps_are_seen_by_everybody_and_an_organizations_by_itself() {
    let running = Running::start().await;
    let (_acme, evil) = (Tenant::stocked(&running, "acme").await, Tenant::create(&running, "evil").await);
    let app = json!({"slug": "common", "display_name": "Common"});
    let operator = running.admin();
    operator.post("/api/v1/apps", app).await.expect(201);
    evil.admin.see(&operator);
    assert_eq!(evil.admin.get("/api/v1/apps/catalog/common").await.expect(200)["organization_id"], Value::Null);
    let listed = evil.admin.get("/api/v1/apps/catalog").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{listed}");
    let entitlement = evil.fill("/api/v1/projects/{project_id}/apps/entitlements/acme-lab");
    evil.admin.put(&entitlement, json!({"enabled": true})).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_draft_is_seen_by_those_who_may_write_it_only() {
    let running = Running::start().await;
    let (acme, evil) = (Tenant::stocked(&running, "acme").await, Tenant::create(&running, "evil").await);
    let operator = running.admin();
    operator.post("/api/v1/apps", json!({"slug": "common", "display_name": "Common"})).await.expect(201);
    let versions = "/api/v1/apps/catalog/common/versions";
    let version = json!({"version": "1", "manifest": manifest("common")});
    let version = operator.post(versions, version).await.expect(201);
    let path = format!("{versions}/{}", version["id"].as_str().unwrap());
    evil.admin.see(&operator);
    assert_eq!(operator.get(versions).await.expect(200)["items"].as_array().unwrap().len(), 1);
    assert_eq!(evil.admin.get(versions).await.expect(200)["items"], json!([]));
    assert_eq!(evil.admin.get(&format!("{versions}?status=draft")).await.expect(200)["items"], json!([]));
    evil.admin.get(&path).await.refused(404, "not_found");
    operator.act(&format!("{path}/publish")).await.expect(200);
    evil.admin.see(&operator);
    assert_eq!(evil.admin.get(&path).await.expect(200)["version"]["status"], "published");
    assert_eq!(evil.admin.get(versions).await.expect(200)["items"].as_array().unwrap().len(), 1);

    // An organization's own: its admin writes it, its service account does not.
    let account = acme.service_account(&running).await;
    account.see(&acme.admin);
    let own = acme.fill("/api/v1/apps/catalog/{app_slug}/versions");
    assert_eq!(acme.admin.get(&own).await.expect(200)["items"].as_array().unwrap().len(), 1);
    let listed = account.get(&own).await;
    assert!(listed.status == 404 || listed.body["items"] == json!([]), "{}", listed.body);
}

#[tokio::test]
async fn an_entitlement_that_never_was_is_not_taken_away() {
    let running = Running::start().await;
    let tenant = Tenant::stocked(&running, "acme").await;
    let entitlement = tenant.fill("/api/v1/projects/{project_id}/apps/entitlements/{app_slug}");
    let head = *running.log().head().borrow();
    tenant.admin.put(&entitlement, json!({"enabled": false})).await.refused(404, "not_found");
    assert_eq!(*running.log().head().borrow(), head);
    for enabled in [true, false, false] {
        let set = tenant.admin.put(&entitlement, json!({"enabled": enabled})).await.expect(200);
        assert_eq!(set["enabled"], json!(enabled));
    }
}
