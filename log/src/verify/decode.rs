//! The work on sections that needs no order: threads share a chunk's sections.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::entry::DecodeError;
use crate::export::{Chunk, Section, SectionKind};
use crate::fault::FaultKind;
use crate::state::{Checked, CheckedBlob};

/// Sections that a thread takes at a time.
const PORTION: usize = 64;

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
    fn new(section: Section<'a>) -> Self {
        match section.kind {
            SectionKind::Entry => match Checked::new(section.body) {
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
}

/// A chunk's sections, in order.
#[derive(Debug)]
pub(super) struct Items<'a> {
    portions: Vec<Vec<Item<'a>>>,
}

impl<'a> Items<'a> {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Item<'a>> {
        self.portions.iter().flatten()
    }
}

/// Decodes and hashes a chunk's sections, on so many threads. This one does `first`
/// before it joins in.
pub(super) fn decode<'a, T>(chunk: &'a Chunk, workers: NonZeroUsize, first: impl FnOnce() -> T) -> (Items<'a>, T) {
    let taken = AtomicUsize::new(0);
    let sections = chunk.sections().len();
    let portions = sections.div_ceil(PORTION);
    let share = || {
        let mut done = Vec::new();
        loop {
            let portion = taken.fetch_add(1, Ordering::Relaxed);
            if portion >= portions {
                return done;
            }
            let start = portion * PORTION;
            let places = start..sections.min(start + PORTION);
            done.push((portion, chunk.portion(places).map(Item::new).collect::<Vec<_>>()));
        }
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..workers.get().min(portions)).map(|_| scope.spawn(share)).collect();
        let value = first();
        let mut done = share();
        for other in others {
            done.extend(other.join().expect("decoding answers faults and does not panic"));
        }
        done.sort_unstable_by_key(|(portion, _)| *portion);
        (Items { portions: done.into_iter().map(|(_, items)| items).collect() }, value)
    })
}
