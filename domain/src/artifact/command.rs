//! What can be asked of an artifact, and why it refuses.

use super::event::{Uploaded, VerificationFault, Verified};
use crate::aggregate::Rejected;
use crate::code::Code;
use crate::node_protocol::task::ReferenceError;
use crate::text::TextError;

/// What can be asked of an artifact.
#[derive(Debug, Clone)]
pub enum Command {
    /// Know of it.
    Upload(Uploaded),
    /// Let the registry be asked again.
    RequestVerification,
    /// Take what the registry says.
    RecordVerification(Result<Verified, VerificationFault>),
    /// Offer it.
    Publish,
    /// Let it be launched.
    Promote,
    /// Let it be launched no more.
    Retire,
}

/// Why an artifact refuses.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It is there already.
    #[error("this artifact exists already")]
    Exists,
    /// It is not there.
    #[error("there is no such artifact")]
    Absent,
    /// It is retired.
    #[error("this artifact is retired; upload the image as a new one")]
    Retired,
    /// The registry has not been asked yet.
    #[error("this artifact is not verified yet; wait for its verification")]
    Unverified,
    /// The registry said no.
    #[error("this artifact could not be verified ({0}); mend that and request its verification anew")]
    Faulty(VerificationFault),
    /// It was verified already.
    #[error("this artifact is verified; there is nothing to ask again")]
    Verified,
    /// It is not published.
    #[error("this artifact is not published; publish it first")]
    Unpublished,
    /// The image's name.
    #[error(transparent)]
    Image(#[from] ReferenceError),
    /// Its name.
    #[error("{0}")]
    Text(#[from] TextError),
}

impl Rejected for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::Exists => Code::AlreadyExists,
            Self::Absent => Code::NotFound,
            Self::Retired => Code::ArtifactRetired,
            Self::Unverified | Self::Verified | Self::Unpublished => Code::ArtifactNotReady,
            Self::Faulty(fault) => fault.code(),
            Self::Image(ReferenceError::Tag) => Code::ImageTagRefused,
            Self::Image(ReferenceError::Malformed) | Self::Text(_) => Code::InvalidField,
        }
    }
}

impl VerificationFault {
    /// The stable code of a refusal for this reason.
    #[must_use]
    pub fn code(self) -> Code {
        match self {
            Self::NotInRegistry => Code::ArtifactNotInRegistry,
            Self::RegistryNotTrusted | Self::LocalImageRefused => Code::DigestNotTrusted,
            Self::RegistryUnavailable | Self::AccessDenied => Code::RegistryUnavailable,
            Self::DigestMismatch | Self::MediaTypeMismatch => Code::ArtifactMismatch,
            Self::ArchitectureMismatch => Code::ArchitectureMismatch,
        }
    }
}
