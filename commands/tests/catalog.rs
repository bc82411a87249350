use gpuaas_commands::handlers::app::{CreateApp, UpdateApp};
use gpuaas_commands::handlers::app_version::{CreateAppVersion, PublishAppVersion, RetireAppVersion};
use gpuaas_commands::handlers::artifact::{PromoteArtifact, PublishArtifact, RetireArtifact, UploadArtifact};
use gpuaas_commands::handlers::entitlement::SetEntitlement;
use gpuaas_commands::handlers::sku::{CreateSku, RetireSku};
use gpuaas_commands::{Command, Refusal};
use gpuaas_domain::Code;
use gpuaas_domain::bounded::Text;
use gpuaas_domain::node::Architecture;
use gpuaas_domain::node_protocol::task::Image;
use gpuaas_domain::profile::MediaType;
use gpuaas_domain::{AnyState, app::App};
use serde_json::{Value, json};

use crate::fleet::{Fleet, image, manifest, shape};

async fn refused<C: Command>(fleet: &Fleet, command: &C) -> Refusal
where
    C::Aggregate: TryFrom<AnyState>,
    AnyState: From<C::Aggregate>,
{
    fleet.platform.engine.execute(&fleet.platform.admin, command).await.map(|_| "accepted").unwrap_err()
}

fn version(fleet: &Fleet, name: &str, manifest: Value) -> CreateAppVersion {
    CreateAppVersion { app: fleet.app, version: Text::new(name).unwrap(), manifest }
}

#[tokio::test]
async fn names_in_the_catalog_are_unique() {
    let fleet = Fleet::start(false).await;
    let app = CreateApp { organization: None, slug: "jupyterlab".into(), display_name: "x".into(), description: None };
    assert_eq!(refused(&fleet, &app).await.code, Code::NameTaken);
    assert_eq!(refused(&fleet, &version(&fleet, "2026.04-preview", manifest())).await.code, Code::NameTaken);
    let sku = CreateSku { name: "cpu-2".into(), display_name: "x".into(), shape: shape(2) };
    assert_eq!(refused(&fleet, &sku).await.code, Code::NameTaken);
}

#[tokio::test]
async fn a_manifest_is_kept_as_canonical_json() {
    let fleet = Fleet::start(false).await;
    let engine = &fleet.platform.engine;
    let created = engine.execute(&fleet.platform.admin, &version(&fleet, "2", manifest())).await.unwrap();
    let digest = created.state.details().unwrap().manifest;
    let blob = engine.log().blob(gpuaas_log::hash::Hash(digest.0)).await.unwrap().unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&blob).unwrap(), manifest());
    assert!(
        blob.starts_with(
            br#"{"artifacts":{"amd_rocm_image":{"artifact_name":"runtime-amd-rocm","digest_required":true"#
        )
    );
}

#[tokio::test]
async fn a_manifest_that_cannot_be_launched_is_refused_field_by_field() {
    let fleet = Fleet::start(false).await;
    for (path, value, field) in [
        ("/profile/slug", json!("other-app"), "manifest.profile.slug"),
        ("/execution/privileged", json!(true), "manifest.execution"),
        (
            "/parameters/schema/properties/gpu_count/type",
            json!("whole"),
            "manifest.parameters.schema.properties.gpu_count",
        ),
        (
            "/parameters/schema/properties/gpu_count/default",
            json!(-1),
            "manifest.parameters.schema.properties.gpu_count",
        ),
        ("/parameters/schema/required", json!("all"), "manifest.parameters.schema"),
        ("/parameters/schema/properties/gpu_count", json!({"$ref": "http://x"}), "manifest.parameters.schema"),
    ] {
        let mut bad = manifest();
        let (parent, name) = path.rsplit_once('/').unwrap();
        bad.pointer_mut(parent).unwrap()[name] = value;
        let refusal = refused(&fleet, &version(&fleet, "2", bad)).await;
        assert_eq!(refusal.code, Code::ManifestInvalid, "{path}");
        assert_eq!(refusal.fields.iter().map(|fault| fault.field.as_str()).collect::<Vec<_>>(), [field], "{refusal:?}");
    }
}

#[tokio::test]
async fn an_artifact_is_named_by_a_digest_and_promoted_step_by_step() {
    let fleet = Fleet::start(false).await;
    let (engine, admin, app) = (&fleet.platform.engine, &fleet.platform.admin, fleet.app);
    let upload = |image: Image| UploadArtifact {
        app,
        name: Text::new("runtime-cpu").unwrap(),
        image,
        media_type: MediaType::OciImageManifest,
        architecture: Architecture::Amd64,
        accelerator: None,
    };
    let tag = Image::Registry(Text::new("127.0.0.1:5000/jupyterlab:4").unwrap());
    assert_eq!(refused(&fleet, &upload(tag)).await.code, Code::ImageTagRefused);
    let id = engine.execute(admin, &upload(image())).await.unwrap().id;
    assert_eq!(refused(&fleet, &PublishArtifact { app, id }).await.code, Code::ArtifactNotReady);
    engine.execute(admin, &RetireArtifact { app, id: fleet.artifact }).await.unwrap();
    assert_eq!(refused(&fleet, &PromoteArtifact { app, id: fleet.artifact }).await.code, Code::ArtifactRetired);
}

#[tokio::test]
async fn an_organizations_app_is_its_own() {
    let fleet = Fleet::start(false).await;
    let (engine, admin) = (&fleet.platform.engine, &fleet.platform.admin);
    let other = fleet.platform.organization("other").await;
    let create = CreateApp {
        organization: Some(other),
        slug: "private-app".into(),
        display_name: "Private".into(),
        description: None,
    };
    let id = engine.execute(admin, &create).await.unwrap().id;
    let entitle = SetEntitlement { project: fleet.project, app_slug: "private-app".into(), enabled: true };
    assert_eq!(refused(&fleet, &entitle).await.code, Code::NotFound);
    let (_, stranger) = fleet.platform.person("stranger").await;
    let rename = UpdateApp { id, display_name: Some("Mine".into()), description: None };
    assert_eq!(engine.execute(&stranger, &rename).await.unwrap_err().code, Code::NotFound);
    let renamed = engine.execute(admin, &rename).await.unwrap().state;
    assert!(matches!(renamed, App::Active(details) if details.display_name == "Mine"));
}

#[tokio::test]
async fn a_version_of_another_app_is_not_found() {
    let fleet = Fleet::start(false).await;
    let (engine, admin) = (&fleet.platform.engine, &fleet.platform.admin);
    let id = engine.execute(admin, &version(&fleet, "2", manifest())).await.unwrap().id;
    let create = CreateApp { organization: None, slug: "other".into(), display_name: "o".into(), description: None };
    let other = engine.execute(admin, &create).await.unwrap().id;
    assert_eq!(refused(&fleet, &PublishAppVersion { app: other, id }).await.code, Code::NotFound);
    engine.execute(admin, &RetireAppVersion { app: fleet.app, id }).await.unwrap();
    assert_eq!(refused(&fleet, &PublishAppVersion { app: fleet.app, id }).await.code, Code::AppVersionRetired);
}

#[tokio::test]
async fn a_retired_sku_is_not_allocated() {
    let fleet = Fleet::start(false).await;
    fleet.platform.engine.execute(&fleet.platform.admin, &RetireSku { id: fleet.sku }).await.unwrap();
    assert_eq!(refused(&fleet, &fleet.allocation(None)).await.code, Code::SkuRetired);
}
