//! What can happen to an artifact.

use crate::bounded::Text;
use crate::event::{events, fields, words};
use crate::id::{AppId, OrganizationId};
use crate::node::Architecture;
use crate::node_protocol::task::{ConfigDigest, Image};
use crate::profile::MediaType;

words! {
    /// Whose GPUs an image is made for.
    pub enum Accelerator {
        /// NVIDIA's.
        Nvidia = "nvidia",
        /// AMD's.
        Amd = "amd",
    }

    /// Why an artifact was not verified.
    pub enum VerificationFault {
        /// The registry does not have the digest.
        NotInRegistry = "not_in_registry",
        /// The registry is not one that this platform asks.
        RegistryNotTrusted = "registry_not_trusted",
        /// The registry could not be reached, or did not answer as one; it can be asked again.
        RegistryUnavailable = "registry_unavailable",
        /// The registry wants a login, or refused it.
        AccessDenied = "access_denied",
        /// What the registry has does not have the digest.
        DigestMismatch = "digest_mismatch",
        /// It is no image manifest, or another one than was said.
        MediaTypeMismatch = "media_type_mismatch",
        /// It is for another processor.
        ArchitectureMismatch = "architecture_mismatch",
        /// Images of the node's own engine are not allowed here.
        LocalImageRefused = "local_image_refused",
    }
}

fields! {
    /// The platform knows of the image from here on.
    pub struct Uploaded {
        /// Whose the app is; `None`: the platform's.
        pub organization: Option<OrganizationId>,
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

    /// The registry is to be asked again.
    pub struct VerificationRequested {}

    /// The registry has it, as it was said to be.
    pub struct Verified {
        /// Digest of the image's configuration.
        pub config_digest: Option<ConfigDigest>,
        /// Bytes of all its layers, compressed; 0 where it is not known.
        pub size_bytes: u64,
    }

    /// The registry does not have it so.
    pub struct VerificationFailed {
        /// Why.
        pub fault: VerificationFault,
    }

    /// It is offered from here on.
    pub struct Published {}

    /// It is launched from here on.
    pub struct Promoted {}

    /// It is not launched any more; what runs stays.
    pub struct Retired {}
}

events! {
    /// What can happen to an artifact.
    pub enum Event {
        /// It was uploaded.
        Uploaded(Uploaded) = "artifact.uploaded", 1;
        /// The registry is to be asked again.
        VerificationRequested(VerificationRequested) = "artifact.verification_requested", 1;
        /// It was verified.
        Verified(Verified) = "artifact.verified", 1;
        /// It was not.
        VerificationFailed(VerificationFailed) = "artifact.verification_failed", 1;
        /// It was published.
        Published(Published) = "artifact.published", 1;
        /// It was promoted.
        Promoted(Promoted) = "artifact.promoted", 1;
        /// It was retired.
        Retired(Retired) = "artifact.retired", 1;
    }
}
