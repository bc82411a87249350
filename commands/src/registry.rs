//! Asking a registry about an image: declared here, and answered by whoever has a
//! connection. What the answer means is the domain's to say.

use async_trait::async_trait;
use gpuaas_domain::artifact::Inspection;
use gpuaas_domain::node_protocol::task::ImageReference;

/// Why a registry gave no answer about an image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// It does not have the digest.
    #[error("the registry does not have the digest")]
    NotFound,
    /// It wants a login, or refused it.
    #[error("the registry refuses access")]
    Denied,
    /// It is not one that this platform asks.
    #[error("the registry is not one that this platform asks")]
    NotTrusted,
    /// It cannot be reached, or answers with something else than a registry would.
    #[error("the registry cannot be asked at present: {0}")]
    Unavailable(String),
}

/// Asks registries.
#[async_trait]
pub trait Registry: Send + Sync + 'static {
    /// What a registry has under a digest.
    async fn inspect(&self, image: &ImageReference) -> Result<Inspection, RegistryError>;

    /// Whether images of a node's own engine may run here.
    fn allows_local_images(&self) -> bool;
}
