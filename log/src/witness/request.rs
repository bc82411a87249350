//! The bodies of `add-checkpoint`: what is asked, and what is answered.

use crate::checkpoint::{SignatureLine, SignedCheckpoint};
use crate::hash::Hash;
use crate::receipt::Extension;

/// Most lines of an answer that are read.
const MAX_LINES: usize = 16;

/// Why a body is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RequestError(pub &'static str);

/// A checkpoint to be cosigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// Size of the last checkpoint that the witness cosigned; 0 if it cosigned none.
    pub old: u64,
    /// Proof that the tree of the checkpoint goes on from the one of that size.
    pub proof: Vec<Hash>,
    /// The checkpoint with its signatures.
    pub signed: SignedCheckpoint,
}

impl AddCheckpoint {
    /// Reads a body: the text of an [`Extension`].
    pub fn parse(body: &[u8]) -> Result<Self, RequestError> {
        let extension = Extension::parse(body).map_err(|error| RequestError(error.0))?;
        let (old, proof, signed) = extension.into_parts();
        Ok(Self { old, proof, signed })
    }

    /// The body.
    #[must_use]
    pub fn to_body(&self) -> String {
        Extension::new(self.old, self.proof.clone(), self.signed.clone()).to_string()
    }
}

/// The lines of an answer.
pub fn read_answer(body: &[u8]) -> Result<Vec<SignatureLine>, RequestError> {
    let text = std::str::from_utf8(body).map_err(|_| RequestError("the answer is not UTF-8"))?;
    let lines = text.strip_suffix('\n').ok_or(RequestError("the last line of the answer is not ended"))?;
    let lines: Vec<&str> = lines.split('\n').collect();
    if lines.len() > MAX_LINES {
        return Err(RequestError("the answer has more than 16 lines"));
    }
    let read = |line: &&str| line.parse().map_err(|_| RequestError("a line of the answer is not that of a signature"));
    lines.iter().map(read).collect()
}
