//! Why a request to the server did not do what it should.

use gpuaas_domain::Code;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The server was not reached, or the connection broke: it is not known whether it took the request.
    #[error("the server was not reached: {0}")]
    Unreachable(String),
    /// The server refused.
    #[error("the server refused: {message} ({code})")]
    Refused {
        /// The stable code.
        code: String,
        /// What to do.
        message: String,
        /// Whether the same request may succeed later.
        retryable: bool,
    },
    /// The answer cannot be read.
    #[error("the server's answer cannot be read: {0}")]
    Answer(String),
    /// The request is longer than the protocol takes.
    #[error("the request is too long")]
    TooLong,
}

impl GatewayError {
    /// Whether the server refused with this code.
    pub(crate) fn is(&self, wanted: Code) -> bool {
        match self {
            Self::Refused { code, .. } => code == wanted.as_str(),
            Self::Unreachable(_) | Self::Answer(_) | Self::TooLong => false,
        }
    }

    /// Whether trying again can help.
    pub(crate) fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Refused { retryable, .. } => *retryable,
            Self::Answer(_) | Self::TooLong => false,
        }
    }
}
