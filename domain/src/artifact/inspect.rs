//! Whether what a registry has is what an artifact says.

use super::event::{Uploaded, VerificationFault, Verified};
use crate::node_protocol::task::{ConfigDigest, Image, ImageReference};

/// What a registry has under a digest, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// Digest of the manifest's bytes, computed from them.
    pub digest: String,
    /// What the manifest says that it is.
    pub media_type: String,
    /// Digest of the image's configuration; `None` for what has none, such as an index.
    pub config_digest: Option<ConfigDigest>,
    /// The processor, by the configuration.
    pub architecture: Option<String>,
    /// Bytes of all layers and of the configuration.
    pub size_bytes: u64,
}

impl Uploaded {
    /// Compares what it says with what the registry has.
    pub fn verify(&self, found: &Inspection) -> Result<Verified, VerificationFault> {
        let Image::Registry(name) = &self.image else { return Err(VerificationFault::NotInRegistry) };
        let wanted = ImageReference::parse(name).map_err(|_| VerificationFault::DigestMismatch)?;
        if found.digest != wanted.digest() {
            return Err(VerificationFault::DigestMismatch);
        }
        if found.media_type != self.media_type.as_str() || found.config_digest.is_none() {
            return Err(VerificationFault::MediaTypeMismatch);
        }
        if found.architecture.as_deref() != Some(self.architecture.as_str()) {
            return Err(VerificationFault::ArchitectureMismatch);
        }
        Ok(Verified { config_digest: found.config_digest.clone(), size_bytes: found.size_bytes })
    }
}
