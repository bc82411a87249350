//! The one mapping from error codes to HTTP.

use axum::http::StatusCode;
use gpuaas_domain::Code;

/// The same request may succeed later, unchanged.
const LATER: bool = true;
/// It will not.
const NEVER: bool = false;

/// The status of a code, and whether the same request may succeed later, unchanged.
#[must_use]
pub fn of(code: Code) -> (StatusCode, bool) {
    use Code as C;
    match code {
        C::MalformedJson | C::InvalidParameter | C::InvalidHeader | C::InvalidCursor | C::IdempotencyKeyMissing => {
            (StatusCode::BAD_REQUEST, NEVER)
        }
        C::Unauthenticated
        | C::TokenExpired
        | C::TokenRevoked
        | C::InvalidClientCredentials
        | C::EnrollmentTokenUnknown
        | C::EnrollmentTokenUsed
        | C::EnrollmentTokenExpired
        | C::NodeCertificateUnknown
        | C::NodeSignatureInvalid => (StatusCode::UNAUTHORIZED, NEVER),
        C::Forbidden
        | C::ForeignOrigin
        | C::NodeBanned
        | C::TaskOfAnotherNode
        | C::AllocationOfAnotherNode
        | C::AppNotEntitled
        | C::UsageUnitOfAnotherProduct => (StatusCode::FORBIDDEN, NEVER),
        C::NotFound => (StatusCode::NOT_FOUND, NEVER),
        C::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, NEVER),
        C::AlreadyExists
        | C::NameTaken
        | C::IdempotencyKeyReused
        | C::SecretAlreadyDelivered
        | C::ProjectArchived
        | C::UserDisabled
        | C::UserErased
        | C::CannotEraseOneself
        | C::NotAMember
        | C::RoleOfAnotherScope
        | C::TooManySecrets
        | C::TooManyWebhooks
        | C::NodeNotEnrolled
        | C::NodeOnline
        | C::NodeRemoved
        | C::SlotsAlreadyReserved
        | C::SimulatedInventoryRefused
        | C::TaskEnded
        | C::StaleGeneration
        | C::ReportForked
        | C::AttestationOverlaps
        | C::AppVersionNotPublished
        | C::AppVersionRetired
        | C::ArtifactMissing
        | C::ArtifactRetired
        | C::ArtifactNotInRegistry
        | C::ArtifactMismatch
        | C::DigestNotTrusted
        | C::ArchitectureMismatch
        | C::NotEnoughGpus
        | C::ResourcesExceedAllocation
        | C::SkuRetired
        | C::NoNodeFits
        | C::AllocationNotActive
        | C::AllocationOfAnotherProject
        | C::PlacementExpired
        | C::InstanceStateConflict
        | C::InstanceDecommissioned
        | C::NothingToCancel
        | C::EvidenceBundleClosed
        | C::EvidenceBundleOpen
        | C::EvidenceBundleFull
        | C::UsageUnitRetired
        | C::UsageEventConflict
        | C::UsageAlreadyRated
        | C::PriceOverlaps
        | C::AccountNotOpen
        | C::InvoiceOverlaps
        | C::InvoiceGap => (StatusCode::CONFLICT, NEVER),
        C::NodeOffline | C::NotEnoughSlots | C::ReportGap | C::ArtifactNotReady | C::SigningKeyUnavailable => {
            (StatusCode::CONFLICT, LATER)
        }
        C::PreconditionFailed => (StatusCode::PRECONDITION_FAILED, NEVER),
        C::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, NEVER),
        C::UnsupportedMediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, NEVER),
        C::InvalidField
        | C::CertificateRequestInvalid
        | C::UnknownTaskKind
        | C::ManifestInvalid
        | C::HostPortRefused
        | C::ParameterUnknown
        | C::ParameterUnsupported
        | C::ParameterInvalid
        | C::PythonPackagesUnavailable
        | C::StorageModeNotInProfile
        | C::StorageModeUnavailable
        | C::ExposureUnavailable
        | C::EngineUnavailable
        | C::ReadinessUnsupported
        | C::ImageTagRefused
        | C::UsageUnitUnknown
        | C::PriceNegative
        | C::PriceInPast
        | C::AmountTooLarge
        | C::WebhookAddressRefused => (StatusCode::UNPROCESSABLE_ENTITY, NEVER),
        C::AttestationInFuture | C::UsageInFuture | C::InvoiceInFuture | C::AsOfInFuture => {
            (StatusCode::UNPROCESSABLE_ENTITY, LATER)
        }
        C::RateLimited => (StatusCode::TOO_MANY_REQUESTS, LATER),
        C::Internal => (StatusCode::INTERNAL_SERVER_ERROR, NEVER),
        C::LogStopped => (StatusCode::SERVICE_UNAVAILABLE, NEVER),
        C::Contention
        | C::Overloaded
        | C::Unavailable
        | C::OutcomeUnknown
        | C::ProjectionBehind
        | C::CheckpointBehind
        | C::RegistryUnavailable => (StatusCode::SERVICE_UNAVAILABLE, LATER),
        C::DeadlineExceeded => (StatusCode::GATEWAY_TIMEOUT, LATER),
    }
}

/// The code of an answer that a framework made without one.
#[must_use]
pub fn code_of(status: StatusCode) -> Code {
    match status {
        StatusCode::NOT_FOUND => Code::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Code::BodyTooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMediaType,
        StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => Code::DeadlineExceeded,
        status if status.is_client_error() => Code::InvalidParameter,
        _ => Code::Internal,
    }
}

#[cfg(test)]
mod tests {
    use gpuaas_commands::Refusal;

    use super::*;

    #[test]
    fn an_answer_that_says_how_the_server_is_doing_is_never_kept() {
        for code in Code::ALL {
            let (status, _) = of(*code);
            let passes = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
            assert!(!(passes && Refusal::new(*code, "").is_final()), "{code} is kept");
        }
    }
}
