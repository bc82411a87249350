//! Commands on artifacts.

use async_trait::async_trait;
use gpuaas_domain::artifact::{self, Accelerator, Artifact, Uploaded, VerificationFault, Verified};
use gpuaas_domain::bounded::Text;
use gpuaas_domain::id::{AppId, ArtifactId, OrganizationId, TypedId};
use gpuaas_domain::node::Architecture;
use gpuaas_domain::node_protocol::task::Image;
use gpuaas_domain::profile::MediaType;
use gpuaas_log::append::StreamId;

use super::app::authorized_app;
use crate::authorization::{Action, Scope};
use crate::engine::{Command, Unit};
use crate::refusal::Refusal;

/// Lets the platform know of an image, which is then verified.
#[derive(Debug, Clone)]
pub struct UploadArtifact {
    /// Of which app.
    pub app: AppId,
    /// What profiles call it.
    pub name: Text<48>,
    /// The image, by digest.
    pub image: Image,
    /// What the digest names.
    pub media_type: MediaType,
    /// The processor it is for.
    pub architecture: Architecture,
    /// Whose GPUs it is for; `None`: none's.
    pub accelerator: Option<Accelerator>,
}

#[async_trait]
impl Command for UploadArtifact {
    const NAME: &'static str = "artifact.upload";
    type Aggregate = Artifact;

    fn serialize_on(&self) -> Vec<StreamId> {
        Vec::new()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<ArtifactId, Refusal> {
        let actions = [Action::UploadPlatformArtifact, Action::UploadOrganizationArtifact];
        let organization = authorized_app(unit, self.app, actions).await?.organization;
        let Self { app, name, image, media_type, architecture, accelerator } = self.clone();
        let uploaded = Uploaded { organization, app, name, image, media_type, architecture, accelerator };
        let id: ArtifactId = unit.new_id();
        unit.decide::<Artifact>(id, organization, artifact::Command::Upload(uploaded)).await?;
        Ok(id)
    }
}

macro_rules! steps {
    ($($(#[$meta:meta])* $name:ident = $command:literal, [$platform:ident, $organization:ident], $step:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $name {
            /// Of which app, as the route says.
            pub app: AppId,
            /// Which.
            pub id: ArtifactId,
        }

        #[async_trait]
        impl Command for $name {
            const NAME: &'static str = $command;
            type Aggregate = Artifact;

            fn serialize_on(&self) -> Vec<StreamId> {
                vec![StreamId::new("artifact", self.id.uuid())]
            }

            async fn run(&self, unit: &mut Unit<'_>) -> Result<ArtifactId, Refusal> {
                let actions = [Action::$platform, Action::$organization];
                let owner = existing(unit, self.app, self.id, actions).await?;
                unit.decide::<Artifact>(self.id, owner, artifact::Command::$step).await?;
                Ok(self.id)
            }
        }
    )+};
}

steps! {
    /// Lets the registry be asked again.
    RequestArtifactVerification = "artifact.request_verification",
        [VerifyPlatformArtifact, VerifyOrganizationArtifact], RequestVerification;
    /// Offers an artifact.
    PublishArtifact = "artifact.publish", [PublishPlatformArtifact, PublishOrganizationArtifact], Publish;
    /// Lets an artifact be launched.
    PromoteArtifact = "artifact.promote", [PromotePlatformArtifact, PromoteOrganizationArtifact], Promote;
    /// Lets an artifact be launched no more.
    RetireArtifact = "artifact.retire", [RetirePlatformArtifact, RetireOrganizationArtifact], Retire;
}

/// Takes what a registry says of an artifact.
#[derive(Debug, Clone)]
pub struct RecordArtifactVerification {
    /// Which.
    pub id: ArtifactId,
    /// What the registry says.
    pub answer: Result<Verified, VerificationFault>,
}

#[async_trait]
impl Command for RecordArtifactVerification {
    const NAME: &'static str = "artifact.record_verification";
    type Aggregate = Artifact;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("artifact", self.id.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<ArtifactId, Refusal> {
        unit.authorize(Action::RecordArtifactVerification, Scope::Platform).await?;
        let artifact = unit.load::<Artifact>(self.id).await?;
        let Some(details) = artifact.details() else { return Err(artifact::Rejection::Absent.into()) };
        let record = artifact::Command::RecordVerification(self.answer.clone());
        unit.decide::<Artifact>(self.id, details.organization, record).await?;
        Ok(self.id)
    }
}

/// Whose an artifact of this app is, for an actor that may do this with it.
async fn existing(
    unit: &mut Unit<'_>,
    app: AppId,
    id: ArtifactId,
    actions: [Action; 2],
) -> Result<Option<OrganizationId>, Refusal> {
    let owner = authorized_app(unit, app, actions).await?.organization;
    match unit.load::<Artifact>(id).await?.details() {
        Some(details) if details.app == app => Ok(owner),
        Some(_) | None => Err(Refusal::not_found("artifact")),
    }
}
