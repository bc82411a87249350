//! What the engine's errors mean.

use bollard::errors::Error;
use gpuaas_domain::node_protocol::output::{Failure, FailureCode};

/// The engine did not do what it should.
pub(super) fn runtime(error: &Error) -> Failure {
    Failure::new(FailureCode::RuntimeUnavailable, format!("the container engine: {error}"))
}

/// Whether the engine has no such thing.
pub(super) fn is_not_found(error: &Error) -> bool {
    status(error) == Some(404)
}

/// Whether the engine has something else, or the same, under the name.
pub(super) fn is_conflict(error: &Error) -> bool {
    status(error) == Some(409)
}

/// Whether the addresses that a network asks for are another one's.
pub(super) fn is_overlap(error: &Error) -> bool {
    status(error).is_some() && error.to_string().contains("overlaps")
}

/// Whether the engine is at it already, or it is so already.
pub(super) fn is_done_already(error: &Error) -> bool {
    matches!(status(error), Some(304 | 404 | 409))
}

/// A container did not start.
pub(super) fn start(error: &Error) -> Failure {
    let text = error.to_string();
    let code = if text.contains("could not select device driver") || text.contains("nvidia") {
        FailureCode::GpusUnavailable
    } else {
        FailureCode::StartFailed
    };
    Failure::new(code, format!("the container did not start: {text}"))
}

/// An image did not come. The engine passes on what the registry says, with no code of its own.
pub(super) fn pull(error: &Error) -> Failure {
    let text = error.to_string();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if says(&["unauthorized", "denied", "authentication required", "no basic auth"]) {
        Failure::new(FailureCode::PullDenied, format!("the registry refused the credentials: {text}"))
    } else if says(&["manifest unknown", "not found", "name unknown"]) || status(error) == Some(404) {
        Failure::new(FailureCode::ImageNotFound, format!("the registry does not have the image: {text}"))
    } else {
        Failure::new(FailureCode::PullFailed, format!("the image could not be fetched: {text}"))
    }
}

fn status(error: &Error) -> Option<u16> {
    match error {
        Error::DockerResponseServerError { status_code, .. } => Some(*status_code),
        // The enum is the engine library's.
        _ => None,
    }
}
