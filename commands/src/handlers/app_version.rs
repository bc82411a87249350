//! Commands on the versions of apps.

use std::sync::Arc;

use async_trait::async_trait;
use gpuaas_domain::Code;
use gpuaas_domain::app_version::{self, AppVersion, Created, VERSION_CLAIM};
use gpuaas_domain::bounded::Text;
use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::{AppId, AppVersionId, OrganizationId, TypedId};
use gpuaas_domain::profile::{MAX_MANIFEST, ManifestFault, Profile};
use gpuaas_log::append::StreamId;
use gpuaas_log::hash::Hash;
use serde_json::Value;

use super::app::authorized_app;
use crate::authorization::Action;
use crate::engine::{Command, Unit};
use crate::launch_values;
use crate::refusal::{FieldError, Refusal};

/// Creates a version of an app, as a draft.
#[derive(Debug, Clone)]
pub struct CreateAppVersion {
    /// Of which app.
    pub app: AppId,
    /// What it is called, uniquely in the app.
    pub version: Text<64>,
    /// Its manifest.
    pub manifest: Value,
}

#[async_trait]
impl Command for CreateAppVersion {
    const NAME: &'static str = "app_version.create";
    type Aggregate = AppVersion;

    fn serialize_on(&self) -> Vec<StreamId> {
        Vec::new()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<AppVersionId, Refusal> {
        let actions = [Action::CreatePlatformVersion, Action::CreateOrganizationVersion];
        let app = authorized_app(unit, self.app, actions).await?;
        let text = self.checked_manifest(&app.slug)?;
        let id: AppVersionId = unit.new_id();
        unit.take(None, VERSION_CLAIM, "version", &claim_name(self.app, &self.version));
        let manifest = Digest(Hash::of_blob(text.as_bytes()).0);
        let organization = app.organization;
        let created = Created { organization, app: self.app, version: self.version.clone(), manifest };
        unit.decide::<AppVersion>(id, organization, app_version::Command::Create(created)).await?;
        unit.attach(Arc::from(text.into_bytes()));
        Ok(id)
    }
}

impl CreateAppVersion {
    /// The manifest's RFC 8785 text, if it is one that can be launched.
    fn checked_manifest(&self, slug: &str) -> Result<String, Refusal> {
        let profile = Profile::parse(&self.manifest).map_err(invalid)?;
        let mut faults = launch_values::schema_faults(&profile);
        if profile.manifest().profile.slug.as_str() != slug {
            let message = format!("has to be the app's slug, {slug}");
            faults.push(ManifestFault { path: "profile.slug".to_owned(), message });
        }
        if !faults.is_empty() {
            return Err(invalid(faults));
        }
        let text = serde_jcs::to_string(&self.manifest).map_err(Refusal::internal)?;
        if text.len() > MAX_MANIFEST {
            return Err(Refusal::new(Code::BodyTooLarge, format!("a manifest has at most {MAX_MANIFEST} bytes")));
        }
        Ok(text)
    }
}

fn invalid(faults: Vec<ManifestFault>) -> Refusal {
    let fields = faults.into_iter().map(|ManifestFault { path, message }| FieldError {
        message: format!("{path} {message}"),
        field: format!("manifest.{path}"),
    });
    let message = "the manifest cannot be launched as it is; docs/manifest.md says what each field does";
    Refusal { fields: fields.collect(), ..Refusal::new(Code::ManifestInvalid, message) }
}

/// Lets a version be launched.
#[derive(Debug, Clone)]
pub struct PublishAppVersion {
    /// Of which app, as the route says.
    pub app: AppId,
    /// Which.
    pub id: AppVersionId,
}

#[async_trait]
impl Command for PublishAppVersion {
    const NAME: &'static str = "app_version.publish";
    type Aggregate = AppVersion;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("app_version", self.id.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<AppVersionId, Refusal> {
        let actions = [Action::PublishPlatformVersion, Action::PublishOrganizationVersion];
        let owner = existing(unit, self.app, self.id, actions).await?;
        unit.decide::<AppVersion>(self.id, owner, app_version::Command::Publish).await?;
        Ok(self.id)
    }
}

/// Lets a version be launched no more.
#[derive(Debug, Clone)]
pub struct RetireAppVersion {
    /// Of which app, as the route says.
    pub app: AppId,
    /// Which.
    pub id: AppVersionId,
}

#[async_trait]
impl Command for RetireAppVersion {
    const NAME: &'static str = "app_version.retire";
    type Aggregate = AppVersion;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("app_version", self.id.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<AppVersionId, Refusal> {
        let actions = [Action::RetirePlatformVersion, Action::RetireOrganizationVersion];
        let owner = existing(unit, self.app, self.id, actions).await?;
        unit.decide::<AppVersion>(self.id, owner, app_version::Command::Retire).await?;
        Ok(self.id)
    }
}

/// Whose a version of this app is, for an actor that may do this with it.
async fn existing(
    unit: &mut Unit<'_>,
    app: AppId,
    id: AppVersionId,
    actions: [Action; 2],
) -> Result<Option<OrganizationId>, Refusal> {
    let owner = authorized_app(unit, app, actions).await?.organization;
    match unit.load::<AppVersion>(id).await?.details() {
        Some(details) if details.app == app => Ok(owner),
        Some(_) | None => Err(Refusal::not_found("app version")),
    }
}

/// The version of this name of an app.
pub(super) async fn version_by_name(unit: &mut Unit<'_>, app: AppId, name: &str) -> Result<AppVersionId, Refusal> {
    let holder = unit.holder(None, VERSION_CLAIM, &claim_name(app, name)).await?;
    holder.map(AppVersionId::from_uuid).ok_or_else(|| Refusal::not_found("app version"))
}

/// Names are unique in an app.
fn claim_name(app: AppId, version: &str) -> String {
    format!("{app}/{version}")
}
