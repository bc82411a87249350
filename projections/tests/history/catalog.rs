//! What can be launched, and on what.

use gpuaas_domain::artifact::Verified;
use gpuaas_domain::bounded::Text;
use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::{AppId, AppVersionId, ArtifactId, EntitlementId, OrganizationId, SkuId, TypedId};
use gpuaas_domain::node::Architecture;
use gpuaas_domain::node_protocol::task::Image;
use gpuaas_domain::profile::MediaType;
use gpuaas_domain::sku::{GpuShape, Shape};
use gpuaas_domain::{Kind, app, app_version, artifact, entitlement, sku};

use super::{Chance, Step};

/// An image by a digest.
pub(super) fn image() -> Image {
    Image::Registry(Text::new(format!("localhost/app@sha256:{}", "ab".repeat(32))).unwrap())
}

/// A half of a machine.
pub(super) fn shape() -> Shape {
    let gpu = Some(GpuShape { model: Text::new("NVIDIA H200").unwrap(), count: 1 });
    Shape { architecture: Architecture::Amd64, cpu_cores: 8, memory_gib: 64, gpu }
}

impl Chance {
    pub(super) fn catalog(&mut self) -> Option<Step> {
        match self.below(5) {
            0 => self.sku(),
            1 => self.app(),
            2 => self.app_version(),
            3 => self.artifact(),
            _ => self.entitlement(),
        }
    }

    fn sku(&mut self) -> Option<Step> {
        let known = self.any(Kind::Sku).filter(|_| self.below(2) == 0);
        let command = match known {
            Some(_) => sku::Command::Retire,
            None => sku::Command::Create(sku::Created { name: self.slug(), display_name: "S".into(), shape: shape() }),
        };
        let id: SkuId = known.unwrap_or_else(|| self.fresh());
        self.world.decide::<sku::Sku>(id, None, command)
    }

    fn app(&mut self) -> Option<Step> {
        let organization: Option<OrganizationId> = self.any(Kind::Organization).filter(|_| self.below(2) == 0);
        let created = app::Created { organization, slug: self.slug(), display_name: "A".into(), description: None };
        let id: AppId = self.fresh();
        self.world.decide::<app::App>(id, organization.map(TypedId::uuid), app::Command::Create(created))
    }

    /// An app with its organization.
    pub(super) fn any_app(&mut self) -> Option<(Option<OrganizationId>, AppId)> {
        let id: AppId = self.any(Kind::App)?;
        let app: app::App = self.state(Kind::App, id.uuid())?;
        Some((app.details()?.organization, id))
    }

    fn app_version(&mut self) -> Option<Step> {
        if let Some(id) = self.any::<AppVersionId>(Kind::AppVersion).filter(|_| self.below(2) == 0) {
            let version: app_version::AppVersion = self.state(Kind::AppVersion, id.uuid())?;
            let owner = version.details()?.organization.map(TypedId::uuid);
            return self.world.decide::<app_version::AppVersion>(id, owner, app_version::Command::Publish);
        }
        let (organization, app) = self.any_app()?;
        let version = Text::new("2026.04-preview").unwrap();
        let created = app_version::Created { organization, app, version, manifest: Digest([1; 32]) };
        let (id, owner) = (self.fresh(), organization.map(TypedId::uuid));
        self.world.decide::<app_version::AppVersion>(id, owner, app_version::Command::Create(created))
    }

    fn artifact(&mut self) -> Option<Step> {
        if let Some(id) = self.any::<ArtifactId>(Kind::Artifact).filter(|_| self.below(4) > 0) {
            let artifact: artifact::Artifact = self.state(Kind::Artifact, id.uuid())?;
            let owner = artifact.details()?.organization.map(TypedId::uuid);
            let verified = Verified { config_digest: None, size_bytes: self.below(1 << 40) };
            let command = match self.below(4) {
                0 => artifact::Command::RecordVerification(Ok(verified)),
                1 => artifact::Command::Publish,
                2 => artifact::Command::Promote,
                _ => artifact::Command::Retire,
            };
            return self.world.decide::<artifact::Artifact>(id, owner, command);
        }
        let (organization, app) = self.any_app()?;
        let uploaded = artifact::Uploaded {
            organization,
            app,
            name: Text::new(self.slug()).unwrap(),
            image: image(),
            media_type: MediaType::OciImageManifest,
            architecture: Architecture::Amd64,
            accelerator: None,
        };
        let (id, owner) = (self.fresh(), organization.map(TypedId::uuid));
        self.world.decide::<artifact::Artifact>(id, owner, artifact::Command::Upload(uploaded))
    }

    /// One for each project, with the project's id.
    fn entitlement(&mut self) -> Option<Step> {
        let (organization, project) = self.any_project()?;
        let (_, app) = self.any_app()?;
        let id = EntitlementId::from_uuid(project.uuid());
        let command = match self.below(2) {
            0 => entitlement::Command::Disable,
            _ => entitlement::Command::Enable(entitlement::Enabled { organization, project, app }),
        };
        self.world.decide::<entitlement::Entitlement>(id, Some(organization.uuid()), command)
    }
}
