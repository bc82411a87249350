//! What the texts of proofs have alike: hashes a line each, an empty line, a checkpoint.

use std::fmt;

use super::ProofError;
use crate::checkpoint::{SignedCheckpoint, decimal, from_base64, to_base64};
use crate::encoding::MAX_INTEGER;
use crate::hash::Hash;

/// Most hashes of a proof, as C2SP `tlog-witness` bounds them: the largest tree has 53 levels.
const MAX_HASHES: usize = 63;

/// The lines before the empty line, and the checkpoint after it.
pub(super) fn split_checkpoint(text: &str) -> Result<(&str, SignedCheckpoint), ProofError> {
    let (head, note) = text.split_once("\n\n").ok_or(ProofError("no empty line before the checkpoint"))?;
    let checkpoint = note.parse().map_err(|_| ProofError("what follows the empty line is not a signed checkpoint"))?;
    Ok((head, checkpoint))
}

/// Hashes, a line each.
pub(super) fn hash_lines<'t>(lines: impl Iterator<Item = &'t str>) -> Result<Vec<Hash>, ProofError> {
    let hash = |line: &str| from_base64(line).and_then(|bytes| Hash::from_slice(&bytes));
    let hashes: Option<Vec<Hash>> = lines.take(MAX_HASHES + 1).map(hash).collect();
    let hashes = hashes.ok_or(ProofError("a line of it is not the base64 of 32 bytes"))?;
    if hashes.len() > MAX_HASHES { Err(ProofError("it has more hashes than any tree needs")) } else { Ok(hashes) }
}

/// An index or a size, in decimal.
pub(super) fn number(text: &str) -> Option<u64> {
    decimal(text).filter(|number| *number < MAX_INTEGER)
}

/// Whether this is base64.
pub(super) fn is_base64(text: &str) -> bool {
    from_base64(text).is_some()
}

pub(super) fn write_hashes(f: &mut fmt::Formatter<'_>, hashes: &[Hash]) -> fmt::Result {
    hashes.iter().try_for_each(|hash| writeln!(f, "{}", to_base64(&hash.0)))
}
