//! The work on sections that needs no order.

use crate::entry::{DecodeError, Known};
use crate::export::{Chunk, Section, SectionKind};
use crate::fault::FaultKind;
use crate::state::{Checked, CheckedBlob};

/// A section, checked as far as it can be alone.
#[expect(clippy::large_enum_variant, reason = "almost all sections are entries, and they are not moved again")]
#[derive(Debug)]
pub(super) enum Item<'a> {
    /// A good entry.
    Entry(Checked<'a>),
    /// Bytes that are not an entry.
    BadEntry(FaultKind),
    /// A blob or detached body.
    Blob(CheckedBlob<'a>),
    /// A section after the entries.
    Other(Section<'a>),
}

impl<'a> Item<'a> {
    #[inline]
    fn new(section: Section<'a>, known: &mut Known<'a>) -> Self {
        match section.kind {
            SectionKind::Entry => match Checked::knowing(section.body, known) {
                Ok(checked) => Self::Entry(checked),
                Err(DecodeError::Format) => Self::BadEntry(FaultKind::Format),
                Err(DecodeError::Encoding(_)) => Self::BadEntry(FaultKind::Encoding),
            },
            SectionKind::Blob => Self::Blob(CheckedBlob::new(section.body)),
            SectionKind::Header
            | SectionKind::Checkpoint
            | SectionKind::Committed
            | SectionKind::Inclusion
            | SectionKind::HeadProof
            | SectionKind::End => Self::Other(section),
        }
    }

    /// The entry, where it is a good one.
    pub(super) fn entry(&self) -> Option<&Checked<'a>> {
        match self {
            Self::Entry(checked) => Some(checked),
            Self::BadEntry(_) | Self::Blob(_) | Self::Other(_) => None,
        }
    }
}

/// Decodes and hashes a chunk's sections.
pub(super) fn decode(chunk: &Chunk) -> Vec<Item<'_>> {
    let mut known = Known::new();
    chunk.sections().map(|section| Item::new(section, &mut known)).collect()
}
