//! The text that is signed: three lines.

use super::note::NoteError;
use super::{from_base64, to_base64};
use crate::encoding::MAX_INTEGER;
use crate::hash::Hash;

/// A log's size and root, under its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name for the outside, also the name of its keys.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
}

impl Checkpoint {
    /// The lines that are signed.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, to_base64(&self.root.0))
    }

    /// Reads the lines that are signed, and no others.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut lines = text.strip_suffix('\n').ok_or(NoteError("the text does not end its last line"))?.split('\n');
        let (Some(origin), Some(size), Some(root), None) = (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            return Err(NoteError("a checkpoint has three lines: origin, size, root"));
        };
        if !is_origin(origin) {
            return Err(NoteError("the origin is not the name of a key"));
        }
        let root = from_base64(root).and_then(|bytes| Hash::from_slice(&bytes));
        Ok(Self {
            origin: origin.to_owned(),
            size: decimal(size).ok_or(NoteError("the size is not a decimal number"))?,
            root: root.ok_or(NoteError("the root is not the base64 of 32 bytes"))?,
        })
    }
}

/// Whether this can name a log and its keys: not empty, no white space, no control
/// characters, no `+`.
#[must_use]
pub fn is_origin(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

/// Decimal without sign and leading zeros.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let canonical = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if !canonical {
        return None;
    }
    text.parse().ok().filter(|size| *size <= MAX_INTEGER)
}
