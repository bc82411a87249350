//! The rules of the log that one entry cannot be checked for alone: what must hold
//! between an entry and all before it (format, sections 2, 3, 5 and 7).
//!
//! [`LogState`] is fed everything in order, one entry at a time; the verifier, import
//! and the full re-check of a store share it. It falls into parts that know nothing of
//! each other, so that threads can each run one over the same entries: [`Contents`]
//! follows the chain and what entries say (declarations, streams, appends, guards, claims,
//! blobs), [`Commands`] that each command comes once, and [`Commitments`] what is committed
//! to (owners' chains, heads, the tree). Whichever of an entry's faults the format checks
//! first is the answer.
//!
//! What this is not for: it reads no files and no stores, and checks no signatures.

mod appends;
mod blobs;
mod checked;
mod claims;
mod commands;
mod commitments;
mod contents;
mod declared;
mod streams;

pub(crate) use blobs::Blobs;
pub(crate) use blobs::digests as blob_digests;
pub use checked::{Checked, CheckedBlob};
pub use commands::Commands;
pub use commitments::{Commitments, HeadsRoot};
pub use contents::{Contents, Identity, KeyList};
pub(crate) use declared::Schema;

use crate::fault::Fault;

/// All that a log's next entry is checked against.
#[derive(Debug, Default)]
pub struct LogState {
    /// The chain and what entries say.
    pub contents: Contents,
    /// Which commands came.
    pub commands: Commands,
    /// What is committed to.
    pub commitments: Commitments,
}

impl LogState {
    /// Before the first entry. `expected` is what the log says it is elsewhere;
    /// `log.created` must agree.
    #[must_use]
    pub fn new(expected: Option<Identity>) -> Self {
        Self { contents: Contents::new(expected), commands: Commands::default(), commitments: Commitments::default() }
    }

    /// Takes in a blob or detached body; it stands before the first entry that names it.
    pub fn blob(&mut self, blob: &CheckedBlob<'_>) {
        self.contents.blob(blob);
    }

    /// Checks the next entry and takes it in. After a fault the state is of no use.
    pub fn entry(&mut self, checked: &Checked<'_>) -> Result<(), Fault> {
        let position = self.contents.entries() + 1;
        let outcomes =
            [self.contents.entry(checked), self.commands.entry(&checked.entry), self.commitments.entry(checked)];
        match outcomes.into_iter().filter_map(Result::err).min() {
            Some(kind) => Err(Fault { position, kind }),
            None => Ok(()),
        }
    }

    /// Checks what can only be said after the last entry: the last append is whole, no
    /// body is missing that was not erased, and no blob is there that nothing names.
    pub fn finish(&self) -> Result<(), Fault> {
        self.contents.finish()
    }
}
