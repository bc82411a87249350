//! Artifacts: the images that apps run.

use gpuaas_domain::Code;
use gpuaas_domain::artifact::{Accelerator, Artifact, VerificationFault};
use gpuaas_domain::bounded::Text;
use gpuaas_domain::id::{AppId, ArtifactId};
use gpuaas_domain::node::Architecture;
use gpuaas_domain::node_protocol::task::Image;
use gpuaas_domain::profile::MediaType;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use super::status::ArtifactStatus;
use super::vocabulary;
use crate::http::{Problem, json};
use crate::resource::Resource;

/// An image of an app, by digest.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Artifact)]
pub struct ArtifactView {
    /// Its id.
    #[schema(value_type = vocabulary::ArtifactId)]
    pub id: ArtifactId,
    /// Of which app.
    #[schema(value_type = vocabulary::AppId)]
    pub app_id: AppId,
    /// What profiles call it.
    pub name: String,
    /// The image.
    pub image: ImageView,
    /// What the digest names.
    #[schema(value_type = vocabulary::MediaType)]
    pub media_type: MediaType,
    /// The processor it is for.
    #[schema(value_type = vocabulary::Architecture)]
    pub architecture: Architecture,
    /// Whose GPUs it is for; null: none's.
    #[schema(value_type = Option<vocabulary::Accelerator>)]
    pub accelerator: Option<Accelerator>,
    /// How far it is.
    pub status: ArtifactStatus,
    /// What the registry said against it when it was last asked.
    #[schema(value_type = Option<vocabulary::VerificationFault>)]
    pub fault: Option<VerificationFault>,
    /// Bytes of its layers, compressed, by the registry.
    pub size_bytes: Option<u64>,
    /// When it was created.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// An image: exactly one of the two.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Image, min_properties = 1, max_properties = 1)]
pub struct ImageView {
    /// `registry/path@sha256:…`, by manifest digest.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::present")]
    #[schema(
        nullable = false,
        max_length = 512,
        pattern = "^(localhost|[A-Za-z0-9-]*[.:][A-Za-z0-9.:-]*)(/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}$",
        example = "registry.example.org/lab@sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"
    )]
    pub registry: Option<String>,
    /// An image that a node's engine has already, by config digest; only where the operator allows it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::present")]
    #[schema(nullable = false, pattern = "^sha256:[0-9a-f]{64}$")]
    pub local_image: Option<String>,
}

/// A new artifact. The registry is asked about it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewArtifact {
    /// What profiles call it: lowercase letters, digits and single hyphens.
    #[schema(min_length = 1, max_length = 48, pattern = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    pub name: String,
    /// The image, by digest.
    pub image: ImageView,
    /// What the digest names.
    #[schema(value_type = vocabulary::MediaType)]
    pub media_type: MediaType,
    /// The processor it is for.
    #[schema(value_type = vocabulary::Architecture)]
    pub architecture: Architecture,
    /// Whose GPUs it is for; left out: none's.
    #[schema(value_type = Option<vocabulary::Accelerator>)]
    pub accelerator: Option<Accelerator>,
}

impl From<&Image> for ImageView {
    fn from(image: &Image) -> Self {
        match image {
            Image::Registry(name) => Self { registry: Some(name.to_string()), local_image: None },
            Image::LocalImage(digest) => Self { registry: None, local_image: Some(digest.to_string()) },
        }
    }
}

impl TryFrom<ImageView> for Image {
    type Error = Problem;

    fn try_from(view: ImageView) -> Result<Self, Problem> {
        let wrong = |field: &str, error: &dyn ToString| Problem::at(Code::InvalidField, field, error.to_string());
        match (view.registry, view.local_image) {
            (Some(name), None) => Ok(Self::Registry(Text::new(name).map_err(|error| wrong("image.registry", &error))?)),
            (None, Some(digest)) => {
                Ok(Self::LocalImage(digest.parse().map_err(|error| wrong("image.local_image", &error))?))
            }
            (Some(_), Some(_)) | (None, None) => Err(wrong("image", &"give either registry or local_image")),
        }
    }
}

impl ArtifactView {
    /// The view of an artifact.
    pub fn of(resource: Resource<Artifact>) -> Result<Self, Problem> {
        let (created_at, updated_at) = resource.times();
        let (status, fault) = match &resource.state {
            Artifact::Absent => return Err(Resource::<Artifact>::missing()),
            Artifact::Uploaded { fault, .. } => (ArtifactStatus::Uploaded, *fault),
            Artifact::Verified(_) => (ArtifactStatus::Verified, None),
            Artifact::Published(_) => (ArtifactStatus::Published, None),
            Artifact::Promoted(_) => (ArtifactStatus::Promoted, None),
            Artifact::Retired(_) => (ArtifactStatus::Retired, None),
        };
        let uploaded = resource.state.details().ok_or_else(Resource::<Artifact>::missing)?;
        Ok(Self {
            id: resource.id,
            app_id: uploaded.app,
            name: uploaded.name.to_string(),
            image: (&uploaded.image).into(),
            media_type: uploaded.media_type,
            architecture: uploaded.architecture,
            accelerator: uploaded.accelerator,
            status,
            fault,
            size_bytes: resource.state.checked().map(|checked| checked.verified.size_bytes),
            created_at,
            updated_at,
        })
    }
}
