//! Those who follow the rules between sections, in the file's order.

use super::decode::Item;
use crate::fault::{Fault, FaultKind};

/// See the module.
pub(super) trait Judge: Send {
    /// Takes in the next sections.
    fn judge(&mut self, items: &[Item<'_>]) -> Result<(), Fault>;
}

/// A judge that takes one section after another, and knows at which entry it is.
///
/// Several that each follow a little are faster than one that follows all: a short loop
/// fetches from memory for the next entries while it still waits for the last.
pub(super) struct Following<F> {
    entries: u64,
    follow: F,
}

impl<F: FnMut(&Item<'_>) -> Result<(), FaultKind>> Following<F> {
    /// Before the first section. Bytes that are not an entry are a fault already, and not
    /// given to `follow`.
    pub(super) fn new(follow: F) -> Self {
        Self { entries: 0, follow }
    }
}

impl<F: FnMut(&Item<'_>) -> Result<(), FaultKind> + Send> Judge for Following<F> {
    fn judge(&mut self, items: &[Item<'_>]) -> Result<(), Fault> {
        for item in items {
            let outcome = match item {
                Item::BadEntry(kind) => Err(*kind),
                _ => (self.follow)(item),
            };
            outcome.map_err(|kind| Fault { position: self.entries + 1, kind })?;
            self.entries += u64::from(matches!(item, Item::Entry(_)));
        }
        Ok(())
    }
}
