//! Why nothing was restored.

use super::report::Restored;
use super::source::SourceError;
use crate::fault::Fault;
use crate::policy::Unmet;
use crate::store::StoreError;
use crate::transfer::FillError;
use crate::verify::Disagreement;

/// Why nothing was restored. The store is as empty as it was.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// There is a log in the store already.
    #[error("there is a log in the store already: restore into an empty one")]
    NotEmpty,
    /// The source holds no entry.
    #[error("{0} holds no entry")]
    Empty(String),
    /// The log's first append is missing or not good.
    #[error("there is nothing to restore: {0}")]
    NoStart(String),
    /// The entries contradict a signed checkpoint, or what was given from outside does not
    /// agree.
    #[error("this is not the log that was signed: {0}")]
    Fault(#[from] Fault),
    /// The copy's last checkpoint is not one that the operator takes.
    #[error("its last checkpoint does not do: {0}")]
    Policy(Unmet),
    /// What was given from outside does not agree.
    #[error("this is not the log that was signed: {0}")]
    Outside(#[from] Disagreement),
    /// Something is known to be lost, and that was not accepted.
    #[error("something is lost; nothing was restored")]
    Losses(Box<Restored>),
    /// The source cannot be read at present.
    #[error("the copy cannot be read: {0}")]
    Source(#[from] SourceError),
    /// The store refused entries that were found good.
    #[error("the store does not take {0}")]
    Refused(&'static str),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RestoreError {
    /// A stable name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotEmpty => "log_not_empty",
            Self::Empty(_) => "copy_empty",
            Self::NoStart(_) => "copy_without_start",
            Self::Fault(_) | Self::Outside(_) => "not_the_signed_log",
            Self::Policy(_) => "policy_not_met",
            Self::Losses(_) => "copy_incomplete",
            Self::Source(_) => "copy_unavailable",
            Self::Refused(_) | Self::Store(_) => "store_unavailable",
        }
    }
}

impl From<FillError> for RestoreError {
    fn from(error: FillError) -> Self {
        match error {
            FillError::Changed(what) => Self::Refused(what),
            FillError::Store(error) => Self::Store(error),
        }
    }
}
