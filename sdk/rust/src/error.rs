//! How a request can fail.

use crate::generated::{DryRun, ErrorBody};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server did not accept the request.
    #[error("{}: {}", problem.code, problem.message)]
    Refused {
        /// HTTP status.
        status: u16,
        /// What the server says.
        problem: ErrorBody,
    },
    /// It was a dry run: there is no resource to answer with, but what would have happened.
    #[error("a dry run, and nothing was changed; {}", outcome(.0))]
    DryRun(Box<DryRun>),
    /// A client that asks for the past was to change something, which nobody can there.
    #[error("nothing can be changed in the past; leave as_of out")]
    Past,
    /// The token cannot be sent, so nothing was asked.
    #[error("your token has characters that no token has, a line feed for one: keep one token in one line")]
    Token,
    /// The server could not be reached, or the connection broke.
    #[error("the server at {base} cannot be reached: {reason}")]
    Unreachable {
        /// The server's address.
        base: String,
        /// What the connection says.
        reason: String,
    },
    /// The answer is not what the API promises: another program answers there.
    #[error("the server at {base} gave an answer that is not of this API: {reason}")]
    Foreign {
        /// The server's address.
        base: String,
        /// What did not fit.
        reason: String,
    },
}

impl Error {
    /// The stable code, if the server gave one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { problem, .. } => Some(&problem.code),
            Self::DryRun(_) | Self::Past | Self::Token | Self::Unreachable { .. } | Self::Foreign { .. } => None,
        }
    }
}

fn outcome(tried: &DryRun) -> &'static str {
    if tried.would_succeed { "it would succeed" } else { "it would be refused" }
}
