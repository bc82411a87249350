//! Asks registries whether they have what was uploaded.

use std::sync::Arc;

use async_trait::async_trait;
use gpuaas_domain::Code;
use gpuaas_domain::artifact::{Artifact, Uploaded, VerificationFault, Verified};
use gpuaas_domain::id::{ArtifactId, TypedId};
use gpuaas_domain::node_protocol::task::{Image, ImageReference};
use uuid::Uuid;

use super::turn::look_up;
use super::{Meaning, Policy, Stop, Turn};
use crate::handlers::artifact::RecordArtifactVerification;
use crate::refusal::Refusal;
use crate::registry::{Registry, RegistryError};

/// The policy that has artifacts verified.
pub struct Verification {
    registry: Arc<dyn Registry>,
}

impl Verification {
    /// Asks through this.
    #[must_use]
    pub fn new(registry: Arc<dyn Registry>) -> Self {
        Self { registry }
    }

    async fn ask(&self, uploaded: &Uploaded) -> Result<Result<Verified, VerificationFault>, Stop> {
        let name = match &uploaded.image {
            Image::LocalImage(_) if !self.registry.allows_local_images() => {
                return Ok(Err(VerificationFault::LocalImageRefused));
            }
            // What the engine has is what it will run; there is nobody else to ask.
            Image::LocalImage(digest) => {
                return Ok(Ok(Verified { config_digest: Some(digest.clone()), size_bytes: 0 }));
            }
            Image::Registry(name) => name,
        };
        let Ok(image) = ImageReference::parse(name) else { return Ok(Err(VerificationFault::DigestMismatch)) };
        match self.registry.inspect(&image).await {
            Ok(found) => Ok(uploaded.verify(&found)),
            Err(RegistryError::NotFound) => Ok(Err(VerificationFault::NotInRegistry)),
            Err(RegistryError::Denied) => Ok(Err(VerificationFault::AccessDenied)),
            Err(RegistryError::NotTrusted) => Ok(Err(VerificationFault::RegistryNotTrusted)),
            Err(RegistryError::Unavailable(details)) => {
                tracing::warn!(registry = image.registry(), details, "a registry cannot be asked");
                Ok(Err(VerificationFault::RegistryUnavailable))
            }
        }
    }
}

#[async_trait]
impl Policy for Verification {
    const NAME: &'static str = "policy.verification";
    const ID: Uuid = Uuid::from_u128(0x0192_f0a1_0000_7000_8000_0000_0000_0004);
    // An answer that comes late changes nothing, which is no refusal.
    const MEANINGS: &'static [(Code, Meaning)] = &[];

    async fn react(&self, turn: &mut Turn<'_>) -> Result<(), Stop> {
        match turn.event {
            "artifact.uploaded" | "artifact.verification_requested" => {}
            _ => return Ok(()),
        }
        let id: ArtifactId = turn.id();
        let artifact = turn.engine.fresh_state::<Artifact>(id).await.map_err(look_up)?;
        let uploaded = match artifact {
            Artifact::Uploaded { uploaded, .. } => uploaded,
            Artifact::Absent => return Err(Stop::Alarm(Refusal::internal("an artifact without its first entry"))),
            Artifact::Verified(_) | Artifact::Published(_) | Artifact::Promoted(_) | Artifact::Retired(_) => {
                return Ok(());
            }
        };
        let answer = self.ask(&uploaded).await?;
        turn.issue(id.uuid(), &RecordArtifactVerification { id, answer }).await.map(drop)
    }
}
