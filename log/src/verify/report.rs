//! What is said of a good log.

use uuid::Uuid;

use crate::append::StreamId;
use crate::checkpoint::VerifierKey;
use crate::hash::Hash;
use crate::policy::Met;

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

/// An entry of an event that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its position.
    pub position: u64,
    /// What happened.
    pub event: String,
    /// To what.
    pub stream: StreamId,
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
    /// How its last checkpoint meets the policy; `None`: none was given.
    pub policy: Option<Met>,
    /// The entries of the events that were asked for, in order.
    pub listed: Vec<Listed>,
}

impl Report {
    /// One sentence for people.
    #[must_use]
    pub fn sentence(&self) -> String {
        let key = self.shown.by_key.then(|| "signed by the given key".to_owned());
        let seen = |size| format!("the log that the given checkpoint saw at size {size}");
        let policy = self.policy.as_ref().map(|met| match &*met.quorum {
            "none" => "signed as the policy demands".to_owned(),
            quorum => format!("signed and cosigned as the policy demands, by {quorum}"),
        });
        let parts: Vec<String> = key.into_iter().chain(policy).chain(self.shown.by_checkpoint.map(seen)).collect();
        match &parts[..] {
            [] => NOT_SHOWN.to_owned(),
            [one] => format!("consistent, and {one}"),
            [rest @ .., last] => format!("consistent, {}, and {last}", rest.join(", ")),
        }
    }
}
