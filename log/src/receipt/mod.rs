//! Proofs that anybody can keep and check without the log: that an entry is in it (a
//! receipt, C2SP `tlog-proof`), and that one checkpoint extends another (the body of C2SP
//! `tlog-witness`'s `add-checkpoint`).
//!
//! What this is not for: whether the checkpoint in a proof deserves trust. Who checks a
//! proof also asks [`crate::checkpoint::SignedCheckpoint::signed_by_log`], or a policy.

mod extension;
mod issue;
mod lines;

use std::fmt;
use std::str::FromStr;

pub use extension::{Extension, ExtensionFault};

use crate::checkpoint::SignedCheckpoint;
use crate::entry::Entry;
use crate::hash::Hash;
use crate::tree::{check_inclusion, leaf_hash};
use lines::{hash_lines, number, split_checkpoint, write_hashes};

/// The first line of a receipt.
const FIRST: &str = "c2sp.org/tlog-proof@v1";

/// Why a text is not a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a proof: {0}")]
pub struct ProofError(pub &'static str);

/// An entry's place under a checkpoint; printed as a C2SP `tlog-proof`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    index: u64,
    proof: Vec<Hash>,
    checkpoint: SignedCheckpoint,
}

/// What a receipt does not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptFault {
    /// The bytes are not an entry.
    #[error("the bytes are not an entry of a log")]
    NotAnEntry,
    /// The entry stands elsewhere.
    #[error("the entry says that it is at position {entry}, and the receipt is for position {receipt}")]
    Position {
        /// Where the entry says that it is.
        entry: u64,
        /// Which position the receipt is for.
        receipt: u64,
    },
    /// The entry and the proof do not lead to the checkpoint's root.
    #[error("the entry is not the one that the checkpoint's tree has there: it was changed, or is of another log")]
    NotIncluded,
}

impl ReceiptFault {
    /// Its stable name.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::NotAnEntry => "entry",
            Self::Position { .. } => "position",
            Self::NotIncluded => "inclusion",
        }
    }
}

impl Receipt {
    /// The proof that the entry with this index (its position less one) is under a
    /// checkpoint.
    #[must_use]
    pub fn new(index: u64, proof: Vec<Hash>, checkpoint: SignedCheckpoint) -> Self {
        Self { index, proof, checkpoint }
    }

    /// Position of the entry that it is for.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.index + 1
    }

    /// The checkpoint.
    #[must_use]
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// Checks that an entry is the one that stands there under the checkpoint.
    pub fn check(&self, entry: &[u8]) -> Result<(), ReceiptFault> {
        let position = Entry::decode(entry).map_err(|_| ReceiptFault::NotAnEntry)?.position;
        if position != self.position() {
            return Err(ReceiptFault::Position { entry: position, receipt: self.position() });
        }
        let (leaf, tree) = (leaf_hash(entry), self.checkpoint.checkpoint());
        let included = check_inclusion(leaf, self.index, tree.size, &self.proof, tree.root);
        included.then_some(()).ok_or(ReceiptFault::NotIncluded)
    }

    /// Reads the bytes of a receipt.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofError> {
        std::str::from_utf8(bytes).map_err(|_| ProofError("it is not UTF-8"))?.parse()
    }
}

impl FromStr for Receipt {
    type Err = ProofError;

    /// Whatever stands in an `extra` line is not read: nobody signed it.
    fn from_str(text: &str) -> Result<Self, ProofError> {
        let (head, checkpoint) = split_checkpoint(text)?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(FIRST) {
            return Err(ProofError("its first line is not c2sp.org/tlog-proof@v1"));
        }
        if let Some(extra) = lines.next_if(|line| line.starts_with("extra "))
            && !lines::is_base64(&extra["extra ".len()..])
        {
            return Err(ProofError("its line of extra data is not base64"));
        }
        let index = lines.next().and_then(|line| number(line.strip_prefix("index ")?));
        let index = index.ok_or(ProofError("it has no line `index` with a decimal number"))?;
        Ok(Self { index, proof: hash_lines(lines)?, checkpoint })
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST}\nindex {}", self.index)?;
        write_hashes(f, &self.proof)?;
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests;
