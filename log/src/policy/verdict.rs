//! What a policy says of a checkpoint.

use std::fmt;

use crate::checkpoint::VerifierKey;

/// A witness that cosigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What the policy calls it.
    pub witness: String,
    /// When, in seconds since the Unix epoch, by the witness's clock.
    pub time: u64,
}

/// A checkpoint meets a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// The key of the log that signed it.
    pub log: VerifierKey,
    /// The policy's witnesses that cosigned it, needed or not.
    pub seen: Vec<Seen>,
    /// The quorum in words.
    pub quorum: String,
}

/// A checkpoint does not meet a policy, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unmet {
    /// Neither the policy nor anybody else says which log is meant.
    #[error("the policy names no log: add a line `log VKEY`, or give the log's key beside the policy")]
    NoLog,
    /// No key of a log that is known signed it.
    #[error("the checkpoint is not signed by a log of the policy")]
    UnknownLog,
    /// A line of a known key does not verify.
    #[error("a signature under the name of a known key does not verify")]
    Forged,
    /// Too few witnesses cosigned.
    #[error("the checkpoint is cosigned by {}; the policy demands {quorum}", Names(seen))]
    Quorum {
        /// The policy's witnesses that cosigned it.
        seen: Vec<Seen>,
        /// The quorum in words.
        quorum: String,
    },
    /// Only a key signed it that somebody else may hold.
    #[error(
        "the checkpoint is signed by nothing but a key that was declared compromised: give a policy whose witnesses \
         cosigned it, or the key that came after"
    )]
    Compromised,
}

/// Names of witnesses, for people.
struct Names<'s>(&'s [Seen]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(|seen| &*seen.witness).collect();
        if names.is_empty() { f.write_str("none of its witnesses") } else { f.write_str(&names.join(", ")) }
    }
}
