//! Entries that show something, in one file: each with its receipt, all receipts under one
//! checkpoint. Whoever has the file and a key of the log needs nothing else.
//!
//! The file is RFC 8785 JSON:
//! `{"bundle":…,"entries":[{"entry":base64,"receipt":tlog-proof},…],"format":"gpuaas-evidence/1"}`,
//! the entries ascending by position.
//!
//! What this is not for: what the entries say, and which of them belong into a file; and, as
//! with every proof, whether the checkpoint deserves trust.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::checkpoint::{SignedCheckpoint, from_base64, to_base64};
use crate::receipt::{ProofError, Receipt, ReceiptFault};

#[cfg(test)]
mod tests;

/// What such a file says that it is.
pub const FORMAT: &str = "gpuaas-evidence/1";

/// Why bytes are not a file of evidence, or what such a file does not show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceFault {
    /// The bytes are not such a file.
    #[error("not a file of evidence: {0}")]
    File(String),
    /// A receipt cannot be read.
    #[error("the receipt of the entry that is number {place} of the file: {error}")]
    Receipt {
        /// Which of the file's entries, from 1.
        place: usize,
        /// What is wrong.
        error: ProofError,
    },
    /// The receipts are not under one checkpoint.
    #[error(
        "the receipt of entry {position} is under another checkpoint than the first one; a file has one checkpoint"
    )]
    Checkpoint {
        /// Of which entry.
        position: u64,
    },
    /// The entries are not in order.
    #[error("entry {position} stands behind entry {before}; entries are in order of position, each once")]
    Order {
        /// The entry that stands before it.
        before: u64,
        /// Which entry.
        position: u64,
    },
    /// An entry is not the one that was signed.
    #[error("entry {position}: {fault}")]
    Entry {
        /// Which entry, as its receipt says.
        position: u64,
        /// What is wrong.
        fault: ReceiptFault,
    },
}

impl EvidenceFault {
    /// Its stable name.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::File(_) => "file",
            Self::Receipt { .. } => "receipt",
            Self::Checkpoint { .. } => "checkpoint",
            Self::Order { .. } => "order",
            Self::Entry { fault, .. } => fault.kind(),
        }
    }

    /// At which entry of the log, if it is about one.
    #[must_use]
    pub fn position(&self) -> Option<u64> {
        match self {
            Self::File(_) | Self::Receipt { .. } => None,
            Self::Checkpoint { position } | Self::Order { position, .. } | Self::Entry { position, .. } => {
                Some(*position)
            }
        }
    }
}

/// An entry's bytes, with the receipt that is said to be theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    /// The entry's bytes.
    pub entry: Vec<u8>,
    /// Its receipt.
    pub receipt: Receipt,
}

/// The members in the order of RFC 8785, so that serializing is canonical.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProvedJson {
    entry: String,
    receipt: String,
}

/// The same.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileJson {
    bundle: String,
    entries: Vec<ProvedJson>,
    format: String,
}

impl Proved {
    /// Its part of a file.
    #[must_use]
    pub fn to_json(&self) -> String {
        json(&ProvedJson { entry: to_base64(&self.entry), receipt: self.receipt.to_string() })
    }

    fn read(place: usize, ProvedJson { entry, receipt }: &ProvedJson) -> Result<Self, EvidenceFault> {
        let refused = |error| EvidenceFault::Receipt { place, error };
        let bytes = from_base64(entry).ok_or_else(|| {
            EvidenceFault::File(format!("`entry` of the entry that is number {place} of the file is not base64"))
        })?;
        let read: Receipt = receipt.parse().map_err(refused)?;
        // A file says nothing that nobody signed.
        if read.to_string() != *receipt {
            return Err(refused(ProofError("it has more in it than a receipt needs")));
        }
        Ok(Self { entry: bytes, receipt: read })
    }
}

/// What comes before the entries of a file, which stand between commas.
#[must_use]
pub fn opening(bundle: &str) -> String {
    format!("{{\"bundle\":{},\"entries\":[", json(&bundle))
}

/// What comes after the entries of a file.
#[must_use]
pub fn closing() -> String {
    format!("],\"format\":{}}}", json(&FORMAT))
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("strings always serialize")
}

/// A file of evidence: entries in order, with receipts under one checkpoint. Printed as the
/// file's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceFile {
    bundle: String,
    entries: Vec<Proved>,
}

impl EvidenceFile {
    /// A file about a bundle.
    pub fn new(bundle: String, entries: Vec<Proved>) -> Result<Self, EvidenceFault> {
        let Some(first) = entries.first() else {
            return Err(EvidenceFault::File("it has no entries".to_owned()));
        };
        let mut before = 0;
        for Proved { receipt, .. } in &entries {
            let position = receipt.position();
            if receipt.checkpoint() != first.receipt.checkpoint() {
                return Err(EvidenceFault::Checkpoint { position });
            }
            if position <= before {
                return Err(EvidenceFault::Order { before, position });
            }
            before = position;
        }
        Ok(Self { bundle, entries })
    }

    /// Reads the bytes of a file, which must be exactly what printing it gives. Its receipts
    /// are not checked yet.
    pub fn parse(bytes: &[u8]) -> Result<Self, EvidenceFault> {
        let refused = |why: String| EvidenceFault::File(why);
        let file: FileJson = serde_json::from_slice(bytes).map_err(|error| refused(error.to_string()))?;
        if file.format != FORMAT {
            return Err(refused(format!("its format is `{}`, and only {FORMAT} is known", file.format)));
        }
        if json(&file).as_bytes() != bytes {
            return Err(refused("it is not canonical JSON (RFC 8785)".to_owned()));
        }
        let entries = file.entries.iter().zip(1..).map(|(proved, place)| Proved::read(place, proved));
        let entries = entries.collect::<Result<_, _>>()?;
        Self::new(file.bundle, entries)
    }

    /// Which bundle it says that it is about.
    #[must_use]
    pub fn bundle(&self) -> &str {
        &self.bundle
    }

    /// Its entries, ascending by position.
    #[must_use]
    pub fn entries(&self) -> &[Proved] {
        &self.entries
    }

    /// The checkpoint that all its receipts are under.
    #[must_use]
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        self.entries[0].receipt.checkpoint()
    }

    /// Checks that each entry is the one that stands at its position under the checkpoint.
    pub fn check(&self) -> Result<(), EvidenceFault> {
        self.entries.iter().try_for_each(|Proved { entry, receipt }| {
            receipt.check(entry).map_err(|fault| EvidenceFault::Entry { position: receipt.position(), fault })
        })
    }
}

impl fmt::Display for EvidenceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&opening(&self.bundle))?;
        for (place, proved) in self.entries.iter().enumerate() {
            write!(f, "{}{}", if place == 0 { "" } else { "," }, proved.to_json())?;
        }
        f.write_str(&closing())
    }
}
