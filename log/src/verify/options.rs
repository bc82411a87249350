//! What a verification is asked, and how it can fail.

use std::io;
use std::num::NonZeroUsize;

use super::compromised::Compromised;
use super::disagreement::Disagreement;
use super::report::Shown;
use crate::checkpoint::{SignedCheckpoint, VerifierKey};
use crate::fault::Fault;
use crate::policy::{Policy, Unmet};

/// What to verify against, and with how many threads.
#[derive(Debug, Clone)]
pub struct Options {
    /// Keys from outside. The last checkpoint must be signed by one of them, if there are
    /// any.
    pub keys: Vec<VerifierKey>,
    /// A checkpoint held from elsewhere. The log must have had that root at that size.
    pub checkpoint: Option<SignedCheckpoint>,
    /// The one that the log's own server kept, of which the same holds.
    pub kept: Option<SignedCheckpoint>,
    /// What the last checkpoint must meet. Cosignatures of it that stand on the one held
    /// from elsewhere count, too.
    pub policy: Option<Policy>,
    /// Keys that somebody else may hold.
    pub compromised: Vec<Compromised>,
    /// Events whose entries the report lists. What they mean is for whoever asks to know.
    pub list: Vec<String>,
    /// Most threads, this one among them.
    pub workers: NonZeroUsize,
    /// About how many bytes a thread takes at a time.
    pub chunk: NonZeroUsize,
}

/// Bytes of a chunk: little enough that it stays in a core's own cache with its decoded
/// entries, which are larger, and enough that taking turns costs nothing beside it.
const CHUNK: NonZeroUsize = NonZeroUsize::new(192 << 10).expect("it is not zero");

impl Default for Options {
    /// Against nothing from outside, with all cores.
    fn default() -> Self {
        let workers = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Self {
            keys: Vec::new(),
            checkpoint: None,
            kept: None,
            policy: None,
            compromised: Vec::new(),
            list: Vec::new(),
            workers,
            chunk: CHUNK,
        }
    }
}

impl Options {
    /// The checkpoints held from elsewhere.
    pub(crate) fn held(&self) -> impl Iterator<Item = &SignedCheckpoint> {
        self.checkpoint.iter().chain(&self.kept)
    }

    /// What a good log of this size was compared with. A checkpoint of more entries shows
    /// nothing.
    pub(crate) fn shown(&self, size: u64) -> Shown {
        let by_checkpoint = self.held().map(|held| held.checkpoint().size).filter(|held| *held <= size).max();
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
    /// It is consistent, and its last checkpoint is not one that the auditor takes.
    #[error("{} at {}: {why}", fault.kind, fault.position)]
    Policy {
        /// Where, and of which kind.
        fault: Fault,
        /// What is missing.
        why: Unmet,
    },
    /// It is consistent, and not what was given from outside.
    #[error("{} at {}: {why}", fault.kind, fault.position)]
    Outside {
        /// Where, and of which kind.
        fault: Fault,
        /// What does not agree.
        why: Disagreement,
    },
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

impl VerifyError {
    /// What was found not to be good, unless it could not be checked.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        match self {
            Self::Fault(fault) | Self::Policy { fault, .. } | Self::Outside { fault, .. } => Some(*fault),
            Self::Io(_) | Self::NotComparable { .. } => None,
        }
    }
}
