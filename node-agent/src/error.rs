//! Why an agent ends by itself.

use crate::folder::FolderError;
use crate::gateway::EndpointError;
use crate::identity::IdentityError;
use crate::inventory::InventoryReadError;
use crate::journal::JournalError;

/// Why an agent ends by itself.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// The server's address cannot be read.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// Its folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// It has no identity.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Its journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// What the node has cannot be told.
    #[error(transparent)]
    Inventory(#[from] InventoryReadError),
    /// The machine does not give what the agent needs.
    #[error("{what}: {error}")]
    Machine {
        /// What it was asked for.
        what: &'static str,
        /// Why not.
        error: std::io::Error,
    },
}
