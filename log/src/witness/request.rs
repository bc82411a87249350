//! The bodies of `add-checkpoint`: what is asked, and what is answered.

use crate::checkpoint::{SignatureLine, SignedCheckpoint, decimal, from_base64, to_base64};
use crate::hash::Hash;

/// Most lines of a consistency proof.
const MAX_PROOF: usize = 63;
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
    /// Reads a body.
    pub fn parse(body: &[u8]) -> Result<Self, RequestError> {
        let text = std::str::from_utf8(body).map_err(|_| RequestError("the request is not UTF-8"))?;
        let ends = RequestError("there is no empty line between the proof and the checkpoint");
        let (head, note) = text.split_once("\n\n").ok_or(ends)?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| decimal(line.strip_prefix("old ")?));
        let old = old.ok_or(RequestError("the first line is not `old SIZE`"))?;
        let hash = |line: &str| {
            let hash = from_base64(line).and_then(|bytes| Hash::from_slice(&bytes));
            hash.ok_or(RequestError("a line of the proof is not the base64 of 32 bytes"))
        };
        let proof = lines.map(hash).collect::<Result<Vec<_>, _>>()?;
        if proof.len() > MAX_PROOF {
            return Err(RequestError("the proof has more than 63 lines"));
        }
        let signed = note.parse().map_err(|error: crate::checkpoint::NoteError| RequestError(error.0))?;
        Ok(Self { old, proof, signed })
    }

    /// The body.
    #[must_use]
    pub fn to_body(&self) -> String {
        let proof: String = self.proof.iter().map(|hash| to_base64(&hash.0) + "\n").collect();
        format!("old {}\n{proof}\n{}", self.old, self.signed)
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
