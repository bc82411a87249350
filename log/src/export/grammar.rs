//! The order of sections.
//!
//! ```text
//! whole:  T (B | E)* C* Z
//! owner:  T (B | E)* C? X P H Z
//! ```
//!
//! Sections of lowercase types may stand anywhere between `T` and `Z`.

use super::header::{ExportKind, Header};
use super::section::SectionKind;

/// Where in a file the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    Entries,
    Checkpoints,
    Committed,
    Inclusion,
    HeadProof,
    End,
}

/// Follows the order of sections.
#[derive(Debug)]
pub(super) struct Grammar {
    place: Place,
    header: Option<Header>,
    entries: u64,
}

/// The file breaks the order.
#[derive(Debug)]
pub(super) struct OutOfOrder;

impl Grammar {
    pub(super) fn new() -> Self {
        Self { place: Place::Start, header: None, entries: 0 }
    }

    /// What the export says it is, once that was read.
    pub(super) fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// Number of entries so far.
    pub(super) fn entries(&self) -> u64 {
        self.entries
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.place == Place::End
    }

    /// Takes the next section in. `None` is one to skip.
    pub(super) fn section(&mut self, byte: u8, body: &[u8]) -> Result<Option<SectionKind>, OutOfOrder> {
        let Some(kind) = SectionKind::from_byte(byte) else {
            let skipped = byte.is_ascii_lowercase() && self.place != Place::Start;
            return if skipped { Ok(None) } else { Err(OutOfOrder) };
        };
        let place = self.next(kind).ok_or(OutOfOrder)?;
        match kind {
            SectionKind::Header => self.header = Some(Header::decode(body).ok_or(OutOfOrder)?),
            SectionKind::Entry => self.entries += 1,
            SectionKind::End if !body.is_empty() => return Err(OutOfOrder),
            SectionKind::Blob
            | SectionKind::Checkpoint
            | SectionKind::Committed
            | SectionKind::Inclusion
            | SectionKind::HeadProof
            | SectionKind::End => {}
        }
        self.place = place;
        Ok(Some(kind))
    }

    fn next(&self, kind: SectionKind) -> Option<Place> {
        let whole = self.header.as_ref().is_some_and(|header| header.kind == ExportKind::Whole);
        Some(match (self.place, kind) {
            (Place::Start, SectionKind::Header) => Place::Entries,
            (Place::Entries, SectionKind::Blob | SectionKind::Entry) => Place::Entries,
            (Place::Entries, SectionKind::Checkpoint) => Place::Checkpoints,
            (Place::Checkpoints, SectionKind::Checkpoint) if whole => Place::Checkpoints,
            (Place::Entries | Place::Checkpoints, SectionKind::End) if whole => Place::End,
            (Place::Entries | Place::Checkpoints, SectionKind::Committed) if !whole => Place::Committed,
            (Place::Committed, SectionKind::Inclusion) => Place::Inclusion,
            (Place::Inclusion, SectionKind::HeadProof) => Place::HeadProof,
            (Place::HeadProof, SectionKind::End) => Place::End,
            _ => return None,
        })
    }
}
