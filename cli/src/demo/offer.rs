//! Third act: what there is to launch, and what it costs.

use anyhow::{Context as _, Result};
use gpuaas_domain::app::App;
use gpuaas_domain::app_version::AppVersion;
use gpuaas_domain::artifact::Artifact;
use gpuaas_domain::entitlement::Entitlement;
use gpuaas_domain::ledger::Ledger;
use gpuaas_domain::price_book::PriceBook;
use gpuaas_domain::sku::Sku;
use gpuaas_sdk::{
    Architecture, ArtifactStatus, EntitlementChange, GetSkuQuery, Image, MediaType, NewApp, NewAppVersion, NewArtifact,
    NewLedger, NewPrice, NewPriceBook, NewSku, PricedItem, Shape,
};
use serde_json::{Value, json};

use super::image::HelloImage;
use super::stage::{Stage, Tenant, once, until};

/// What an hour of the demo's SKU costs.
const PRICE: &str = "1.80";
/// The demo's app.
pub(super) const APP: &str = "hello-http";
/// Its only version.
pub(super) const VERSION: &str = "1.0.0";
/// Its only endpoint.
pub(super) const ENDPOINT: &str = "web";
/// What its manifest calls its image.
const ARTIFACT: &str = "runtime";

/// Plays it; gives the SKU's id.
pub(super) async fn play(stage: &mut Stage, tenant: &Tenant) -> Result<String> {
    let sku = price(stage, tenant).await?;
    app(stage, tenant).await?;
    Ok(sku)
}

async fn price(stage: &mut Stage, tenant: &Tenant) -> Result<String> {
    let operator = stage.operator.clone();
    let shape = Shape { architecture: architecture()?, cpu_cores: 1, gpu: None, memory_gib: 1 };
    let new = NewSku { name: "cpu-small".to_owned(), display_name: "One processor, 1 GiB".to_owned(), shape };
    let made = operator.create_sku(&new, &once()).await?;
    let sku = made.value.id;
    stage.story.tell::<Sku>("SKU", "cpu-small: 1 processor, 1 GiB", &sku, made.version).await?;
    let new = NewPriceBook { name: "standard".to_owned(), currency: "EUR".to_owned() };
    let book = operator.create_price_book(&new, &once()).await?.value.id;
    let item = PricedItem { sku_id: Some(sku.clone()), usage_unit_id: None };
    let new = NewPrice { currency: None, effective_from: None, item, price: PRICE.to_owned() };
    let priced = operator.set_price(&book, &new, &once()).await?;
    stage
        .story
        .tell::<PriceBook>("price", &format!("{PRICE} EUR per hour of cpu-small"), &book, priced.version)
        .await?;
    let new = NewLedger { price_book_id: book, currency: None };
    let opened = operator.open_ledger(&tenant.organization, &new, &once()).await?;
    stage.story.tell::<Ledger>("ledger", "acme pays by these prices", &tenant.organization, opened.version).await?;
    let query = GetSkuQuery { org_id: Some(tenant.organization.clone()) };
    let shown = tenant.admin.get_sku(&sku, &query).await?.value.price.context("the SKU has a price")?;
    stage.story.show("before launch", &format!("an hour would cost {} {}", shown.per_hour, shown.currency))?;
    Ok(sku)
}

async fn app(stage: &mut Stage, tenant: &Tenant) -> Result<()> {
    let operator = stage.operator.clone();
    let archive = stage.file("hello-http.tar");
    let image = HelloImage::build(&archive)?;
    let loaded = image.load(&archive).await;
    std::fs::remove_file(&archive)?;
    loaded?;
    let text = format!("{APP}, made of this program and its libraries: {}", image.config_digest);
    stage.story.show("image", &text)?;

    let new =
        NewApp { slug: APP.to_owned(), display_name: "Hello".to_owned(), description: None, organization_id: None };
    let made = operator.create_app(&new, &once()).await?;
    stage.story.tell::<App>("app", APP, &made.value.id, made.version).await?;
    let new = NewAppVersion { version: VERSION.to_owned(), manifest: manifest(&image) };
    let version = operator.create_app_version(APP, &new, &once()).await?.value.id;
    let published = operator.publish_app_version(APP, &version, &once()).await?;
    stage
        .story
        .tell::<AppVersion>("profile", &format!("{APP} {VERSION}, published"), &version, published.version)
        .await?;

    let local_image = Image { local_image: Some(image.config_digest), registry: None };
    let artifact = operator.upload_artifact(APP, &new_artifact(local_image)?, &once()).await?.value.id;
    until("the artifact to be verified", async || {
        let seen = operator.get_artifact(APP, &artifact).await?.value;
        Ok((seen.status == ArtifactStatus::Verified).then_some(()))
    })
    .await?;
    operator.publish_artifact(APP, &artifact, &once()).await?;
    let promoted = operator.promote_artifact(APP, &artifact, &once()).await?;
    stage.story.tell::<Artifact>("artifact", "pinned by digest, promoted", &artifact, promoted.version).await?;
    let change = EntitlementChange { enabled: true };
    let entitled = tenant.admin.set_entitlement(&tenant.project, APP, &change, &once()).await?;
    let text = format!("vision may launch {APP}");
    stage.story.tell::<Entitlement>("entitlement", &text, &entitled.value.id, entitled.version).await?;
    Ok(())
}

/// An artifact of the demo's app.
pub(super) fn new_artifact(image: Image) -> Result<NewArtifact> {
    Ok(NewArtifact {
        name: ARTIFACT.to_owned(),
        image,
        architecture: architecture()?,
        accelerator: None,
        media_type: MediaType::ApplicationVndOciImageManifestV1Json,
    })
}

/// This machine's.
fn architecture() -> Result<Architecture> {
    match std::env::consts::ARCH {
        "x86_64" => Ok(Architecture::Amd64),
        "aarch64" => Ok(Architecture::Arm64),
        other => anyhow::bail!("the demo runs on x86_64 and aarch64, not on {other}"),
    }
}

fn manifest(image: &HelloImage) -> Value {
    json!({
        "profile": {
            "kind": "gpuaas.launchable_oci_workload", "schema_version": "v1", "slug": APP, "display_name": "Hello",
            "description": "Answers every HTTP request with a greeting.",
            "support_level": "platform_curated", "launch_mode": "existing_allocation"
        },
        "artifacts": {"primary_image": {
            "source": "local_image", "artifact_name": ARTIFACT, "digest_required": true,
            "media_type": "application/vnd.oci.image.manifest.v1+json"
        }},
        "parameters": {"schema": {"type": "object", "properties": {
            "exposure_mode": {"type": "string", "enum": ["private"], "default": "private"},
            "gpu_count": {"type": "integer", "minimum": 0, "default": 0},
            "cpu_cores": {"type": "integer", "minimum": 1, "default": 1},
            "memory_gib": {"type": "integer", "minimum": 1, "default": 1}
        }}},
        "network": {"endpoints": [{"name": ENDPOINT, "port": image.port, "type": "http"}]},
        "execution": {
            "default_engine": "node_agent",
            "supported_engines": [{"engine": "node_agent", "adapter": "oci_container", "status": "active"}]
        },
        "validation": {"readiness": [
            {"name": "answers", "type": "http", "endpoint": ENDPOINT, "path": "/", "timeout_seconds": 60}
        ]}
    })
}
