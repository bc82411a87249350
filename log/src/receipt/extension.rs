//! The proof that one checkpoint extends another.

use std::fmt;
use std::str::FromStr;

use super::ProofError;
use super::lines::{hash_lines, number, split_checkpoint, write_hashes};
use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::hash::Hash;
use crate::tree::check_consistency;

/// A checkpoint with the proof that its tree begins with that of an older one; printed as
/// the body that C2SP `tlog-witness` calls `add-checkpoint`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    old_size: u64,
    proof: Vec<Hash>,
    checkpoint: SignedCheckpoint,
}

/// What an extension does not show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExtensionFault {
    /// The checkpoints have different origins.
    #[error("the older checkpoint is of {old}, and the newer of {new}: they are of different logs")]
    Origin {
        /// Of the older.
        old: String,
        /// Of the newer.
        new: String,
    },
    /// The proof begins at another size.
    #[error("the proof is for an older checkpoint of size {proof}, and this one has size {old}")]
    Size {
        /// Of the older checkpoint.
        old: u64,
        /// That the proof begins at.
        proof: u64,
    },
    /// The proof does not lead from one root to the other.
    #[error(
        "the newer tree does not begin with the older one: entries were changed or taken out, or the log was forked"
    )]
    NotConsistent,
}

impl Extension {
    /// The proof that a checkpoint extends the one of `old_size`.
    #[must_use]
    pub fn new(old_size: u64, proof: Vec<Hash>, checkpoint: SignedCheckpoint) -> Self {
        Self { old_size, proof, checkpoint }
    }

    /// Size of the older checkpoint.
    #[must_use]
    pub fn old_size(&self) -> u64 {
        self.old_size
    }

    /// The newer checkpoint.
    #[must_use]
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// Size of the older checkpoint, the proof, and the newer checkpoint.
    pub(crate) fn into_parts(self) -> (u64, Vec<Hash>, SignedCheckpoint) {
        (self.old_size, self.proof, self.checkpoint)
    }

    /// Checks that the newer tree begins with the older.
    pub fn check(&self, old: &Checkpoint) -> Result<(), ExtensionFault> {
        let new = self.checkpoint.checkpoint();
        if old.origin != new.origin {
            return Err(ExtensionFault::Origin { old: old.origin.clone(), new: new.origin.clone() });
        }
        if old.size != self.old_size {
            return Err(ExtensionFault::Size { old: old.size, proof: self.old_size });
        }
        let consistent = check_consistency(old.size, old.root, new.size, new.root, &self.proof);
        consistent.then_some(()).ok_or(ExtensionFault::NotConsistent)
    }

    /// Reads the bytes of such a proof.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofError> {
        std::str::from_utf8(bytes).map_err(|_| ProofError("it is not UTF-8"))?.parse()
    }
}

impl FromStr for Extension {
    type Err = ProofError;

    fn from_str(text: &str) -> Result<Self, ProofError> {
        let (head, checkpoint) = split_checkpoint(text)?;
        let mut lines = head.split('\n');
        let old_size = lines.next().and_then(|line| number(line.strip_prefix("old ")?));
        let old_size = old_size.ok_or(ProofError("its first line is not `old` with a decimal number"))?;
        Ok(Self { old_size, proof: hash_lines(lines)?, checkpoint })
    }
}

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old_size)?;
        write_hashes(f, &self.proof)?;
        write!(f, "\n{}", self.checkpoint)
    }
}
