//! What objects are called. Numbers have twenty digits, so that names sort as they do.

use std::fmt;

use gpuaas_log::hash::Hash;

/// Folder of the segments.
pub(super) const SEGMENTS: &str = "segments";
/// Folder of the checkpoints.
pub(super) const CHECKPOINTS: &str = "checkpoints";

/// The name of a segment, without its folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SegmentName {
    /// Position of its first entry.
    pub(super) first: u64,
    /// Position of its last.
    pub(super) last: u64,
    /// BLAKE3 of its bytes.
    pub(super) digest: Hash,
}

impl SegmentName {
    /// Reads a name; `None` for what is not a segment.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let mut parts = name.split('-');
        let parsed = Self { first: number(parts.next()?)?, last: number(parts.next()?)?, digest: hash(parts.next()?)? };
        let whole = parts.next().is_none() && 0 < parsed.first && parsed.first <= parsed.last;
        whole.then_some(parsed)
    }

    /// The object's whole name.
    pub(super) fn object(&self) -> String {
        format!("{SEGMENTS}/{self}")
    }

    /// Whether it holds an entry.
    pub(super) fn holds(&self, position: u64) -> bool {
        (self.first..=self.last).contains(&position)
    }
}

impl fmt::Display for SegmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:020}-{:020}-{}", self.first, self.last, self.digest)
    }
}

/// The object of a detached body.
pub(super) fn body(digest: Hash) -> String {
    format!("bodies/{digest}")
}

/// The object of a checkpoint of this size, which is this note.
pub(super) fn checkpoint(size: u64, note: &[u8]) -> String {
    format!("{CHECKPOINTS}/{size:020}-{}", Hash::of_blob(note))
}

fn number(text: &str) -> Option<u64> {
    let plain = text.len() == 20 && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

fn hash(text: &str) -> Option<Hash> {
    let hash = Hash::from_slice(&hex::decode(text).ok()?)?;
    (hash.to_string() == text).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segments_name_reads_what_it_prints_and_nothing_else() {
        let name = SegmentName { first: 3, last: 12, digest: Hash([0xab; 32]) };
        let printed = name.to_string();
        assert_eq!(SegmentName::parse(&printed), Some(name));
        for bad in [
            printed.replace("ab", "AB"),
            printed.replace("003-", "03-"),
            printed.replace("003-", "000-"),
            printed.replace("012-", "002-"),
            format!("{printed}-"),
            format!("{printed}#1"),
            String::new(),
        ] {
            assert_eq!(SegmentName::parse(&bad), None, "{bad}");
        }
    }
}
