//! How a store can fail, and what the failure says about what was written.

use std::path::PathBuf;

/// Why a store did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another server holds the data directory.
    #[error("another server is running on {0}: stop it first, or use another data directory")]
    InUse(PathBuf),
    /// The data directory, or the database, takes no writes.
    #[error("{0} cannot be written to: check its owner, its permissions and how it is mounted")]
    ReadOnly(String),
    /// There is no room. Nothing was written.
    #[error("the log's store is full: {0}")]
    Full(String),
    /// The store cannot be reached, or refused. Nothing was written.
    #[error("the log's store is not available: {0}")]
    Unavailable(String),
    /// The connection broke while a transaction was being committed.
    #[error("the connection to the log's store broke at commit: {0}")]
    OutcomeUnknown(String),
    /// What is stored contradicts itself.
    #[error("the log's store is damaged: {0}")]
    Damaged(String),
}

impl StoreError {
    /// Whether the transaction that met this error may have been committed.
    #[must_use]
    pub fn may_have_written(&self) -> bool {
        matches!(self, Self::OutcomeUnknown(_))
    }
}
