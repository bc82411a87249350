//! Who the agent is: a key that never leaves the node, and a certificate for it.

mod certificate;
mod enroll;
mod key;
mod pinned;
mod renewal;
mod tls;

pub(crate) use certificate::Certificate;
pub use certificate::is_enrolled;
pub(crate) use enroll::enroll;
pub(crate) use key::NodeKey;
pub(crate) use renewal::{recover, renew_forever};
pub(crate) use tls::{client_config, without_certificate};

use gpuaas_domain::bounded::BoundError;

use crate::folder::FolderError;
use crate::gateway::GatewayError;

/// Why the agent has no identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Its folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// There is neither a certificate nor a token to get one with.
    #[error("this node has not enrolled; start the agent with an enrollment token of the platform's operator")]
    NoToken,
    /// What is stored cannot be read.
    #[error("{what} cannot be read ({reason}); remove the agent's folder and enroll anew")]
    Damaged {
        /// Which part.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// The server's answer cannot be used.
    #[error("the server's answer cannot be used: {0}")]
    Answer(String),
    /// TLS cannot be set up.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The server was not reached, or refused.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// A text is longer than the protocol takes.
    #[error(transparent)]
    Bound(#[from] BoundError),
}
