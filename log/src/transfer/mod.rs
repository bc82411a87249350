//! The log as a file: out of a store, and into another.

mod export;
mod fields;
mod filling;
mod import;

use std::io;

pub use export::{export_owner, export_whole};
pub use fields::BlobFields;
pub(crate) use filling::{FillError, Filling};
pub use import::import;

use crate::store::StoreError;
use crate::verify::VerifyError;

/// Why an export was not written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// An export ends on a published checkpoint.
    #[error("no checkpoint was published yet: run the checkpointer first")]
    NoCheckpoint,
    /// The checkpoint does not cover an entry of the organization.
    #[error("the organization has no entry that the last checkpoint covers")]
    NoSuchOwner,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Writing failed.
    #[error("the export could not be written: {0}")]
    Write(#[from] io::Error),
}

/// Why an export was not taken in. Nothing of it is left behind.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The export is not good.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// It holds one organization's entries, not a whole log.
    #[error("this is an organization's export: only the export of a whole log can be imported")]
    NotWhole,
    /// There is a log in the store already.
    #[error("there is a log in the store already")]
    NotEmpty,
    /// The file is another one than the one that was verified.
    #[error("the file changed while it was read: {0}")]
    Changed(&'static str),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<FillError> for ImportError {
    fn from(error: FillError) -> Self {
        match error {
            FillError::Changed(what) => Self::Changed(what),
            FillError::Store(error) => Self::Store(error),
        }
    }
}
