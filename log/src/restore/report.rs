//! What was restored, and what is lost.

use std::fmt;

use uuid::Uuid;

use crate::checkpoint::VerifierKey;
use crate::hash::Hash;
use crate::verify::Shown;

/// Something that is known to have been there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loss {
    /// The copy is missing, altered or not good from an entry on; it may hold more after it.
    Broken {
        /// The first entry that could not be restored.
        position: u64,
        /// What is wrong there.
        why: String,
    },
    /// A signed checkpoint covers entries that the copy does not hold.
    Entries {
        /// The last entry restored.
        after: u64,
        /// How many entries there were at least.
        size: u64,
        /// Which checkpoint says so.
        by: String,
    },
    /// A detached body is missing or altered, and the log does not say that it was erased.
    Body {
        /// Position of its entry.
        position: u64,
    },
    /// Checkpoints of entries after a break that no known key signed: keys that the log named
    /// there are not known.
    Unjudged {
        /// The last entry restored.
        after: u64,
        /// How many there are.
        count: u64,
    },
    /// A checkpoint cannot be read, is of another log, or is not signed as it should be.
    Checkpoint {
        /// What the copy calls it.
        name: String,
        /// What is wrong with it.
        why: String,
    },
}

impl Loss {
    /// A stable name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Broken { .. } => "broken",
            Self::Entries { .. } => "entries",
            Self::Body { .. } => "body",
            Self::Unjudged { .. } => "checkpoints",
            Self::Checkpoint { .. } => "checkpoint",
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken { position, why } => write!(f, "entries from {position} on: {why}"),
            Self::Entries { after, size, by } => write!(f, "entries {} to {size}, which {by} covers", after + 1),
            Self::Body { position } => {
                write!(f, "the detached body of entry {position}, which is not there, altered, or was erased later")
            }
            Self::Unjudged { after, count } => write!(
                f,
                "checkpoints of more than {after} entries, {count} of them, that cannot be judged: the log may have named \
                 other keys since"
            ),
            Self::Checkpoint { name, why } => write!(f, "the checkpoint {name}: {why}"),
        }
    }
}

/// A log that was restored, or could be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The log's id.
    pub log_id: Uuid,
    /// Its name for the outside.
    pub origin: String,
    /// Position of the last entry, which ends its append.
    pub position: u64,
    /// Hash of that entry.
    pub hash: Hash,
    /// When it was recorded, in microseconds.
    pub recorded_at: u64,
    /// Root over all entries.
    pub root: Hash,
    /// Keys in force at the end.
    pub keys: Vec<VerifierKey>,
    /// The last checkpoint that covers restored entries, size and note; `None` if the copy
    /// holds none. Entries after it are consistent and not signed.
    pub checkpoint: Option<(u64, String)>,
    /// Positions whose detached bodies were erased, ascending.
    pub erased: Vec<u64>,
    /// What from outside it agrees with.
    pub shown: Shown,
    /// What is known to be lost.
    pub losses: Vec<Loss>,
}
