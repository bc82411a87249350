//! What is said of a good log.

use uuid::Uuid;

use crate::checkpoint::VerifierKey;
use crate::hash::Hash;

/// What is said of a good log that was compared with nothing from outside.
pub const NOT_SHOWN: &str = "consistent in itself; not shown to be what others saw";

/// Whose entries were verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// The whole log.
    Whole {
        /// Positions whose detached bodies are missing because they were erased, ascending.
        erased: Vec<u64>,
    },
    /// One organization's entries.
    Owner {
        /// The organization.
        owner: Uuid,
        /// Owner sequences whose detached bodies are missing, ascending. That they were
        /// erased is not proved.
        absent: Vec<u64>,
    },
}

/// Whether the checkpoints' signatures were checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signatures {
    /// By the log's own keys, or by one from outside.
    Checked,
    /// An owner's export holds no keys, and none was given.
    Unchecked,
}

/// What from outside the log was found to agree with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// A key from outside signed the last checkpoint.
    pub by_key: bool,
    /// Size of the checkpoint held from elsewhere.
    pub by_checkpoint: Option<u64>,
}

impl Shown {
    /// Whether nothing from outside was compared.
    #[must_use]
    pub fn by_nothing(self) -> bool {
        !self.by_key && self.by_checkpoint.is_none()
    }
}

/// What is said of a good log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The log's id.
    pub log_id: Uuid,
    /// Its name for the outside.
    pub origin: String,
    /// Number of entries of the log.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
    /// Number of entries in the export.
    pub entries: u64,
    /// Whose they are, and which bodies are not among them.
    pub whose: Whose,
    /// Keys in force at the end; of an owner's export, those given that signed it.
    pub keys: Vec<VerifierKey>,
    /// Whether signatures were checked.
    pub signatures: Signatures,
    /// What from outside it agrees with.
    pub shown: Shown,
}

impl Report {
    /// One sentence for people.
    #[must_use]
    pub fn sentence(&self) -> String {
        match (self.shown.by_key, self.shown.by_checkpoint) {
            (false, None) => NOT_SHOWN.to_owned(),
            (true, None) => "consistent, and signed by the given key".to_owned(),
            (false, Some(size)) => format!("consistent, and the log that the given checkpoint saw at size {size}"),
            (true, Some(size)) => {
                format!("consistent, signed by the given key, and the log that the given checkpoint saw at size {size}")
            }
        }
    }
}
