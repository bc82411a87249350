//! The entries of events that somebody asked for.

use super::decode::Item;
use super::report::Listed;
use crate::append::StreamId;

/// What was found so far of the events that were asked for.
#[derive(Debug)]
pub(super) struct Listing<'o> {
    wanted: &'o [String],
    found: Vec<Listed>,
}

impl<'o> Listing<'o> {
    pub(super) fn of(wanted: &'o [String]) -> Self {
        Self { wanted, found: Vec::new() }
    }

    /// Takes in the next section.
    pub(super) fn take(&mut self, item: &Item<'_>) {
        if let Item::Entry(checked) = item
            && self.wanted.iter().any(|event| event == checked.entry.event)
        {
            let entry = &checked.entry;
            let stream = StreamId::new(entry.stream.kind.to_owned(), entry.stream.id);
            self.found.push(Listed { position: entry.position, event: entry.event.to_owned(), stream });
        }
    }

    pub(super) fn into_found(self) -> Vec<Listed> {
        self.found
    }
}
