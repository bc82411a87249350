//! What a verification is asked, and how it can fail.

use std::io;
use std::num::NonZeroUsize;

use super::report::Shown;
use crate::checkpoint::{SignedCheckpoint, VerifierKey};
use crate::fault::Fault;

/// What to verify against, and with how many threads.
#[derive(Debug, Clone)]
pub struct Options {
    /// Keys from outside. The last checkpoint must be signed by one of them, if there are
    /// any.
    pub keys: Vec<VerifierKey>,
    /// A checkpoint held from elsewhere. The log must have had that root at that size.
    pub checkpoint: Option<SignedCheckpoint>,
    /// Threads, this one among them.
    pub workers: NonZeroUsize,
}

impl Default for Options {
    /// Against nothing from outside, with all cores.
    fn default() -> Self {
        let workers = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self { keys: Vec::new(), checkpoint: None, workers }
    }
}

impl Options {
    /// What a good log was compared with.
    pub(super) fn shown(&self) -> Shown {
        let by_checkpoint = self.checkpoint.as_ref().map(|held| held.checkpoint().size);
        Shown { by_key: !self.keys.is_empty(), by_checkpoint }
    }
}

/// How far a verification is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read.
    pub done: u64,
    /// Bytes of the file.
    pub total: u64,
}

/// Why an export was not found good.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It is not good.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// It could not be read.
    #[error("the export could not be read: {0}")]
    Io(#[from] io::Error),
    /// An owner's export holds too little to compare it with a checkpoint of another size.
    #[error("an owner's export of size {export} cannot be compared with a checkpoint of size {held}")]
    NotComparable {
        /// Size of the export's checkpoint.
        export: u64,
        /// Size of the held one.
        held: u64,
    },
}
