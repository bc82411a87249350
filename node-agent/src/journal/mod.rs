//! What the agent has promised, on disk before it acts: every task that it took, every
//! container that it made, every report until the server has it. After a crash, the fold
//! of the journal and the containers' labels tell what is left to do.

mod decide;
mod file;
mod record;
mod state;
mod work;

pub(crate) use decide::{Decision, Instruction, Refused, decide, instruction};
pub use file::JournalError;
pub(crate) use record::Record;
pub(crate) use state::{JournalState, OpenTask, Outgoing};
#[cfg(test)]
pub(crate) use work::Container;
pub(crate) use work::Work;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use file::JournalFile;

/// The journal, and what it says.
#[derive(Debug)]
pub(crate) struct Journal(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    file: JournalFile,
    state: JournalState,
}

impl Journal {
    /// Opens the journal. With `durable`, a record is on the disk before it counts.
    pub(crate) fn open(path: &Path, durable: bool) -> Result<Self, JournalError> {
        let (file, state) = JournalFile::open(path, durable)?;
        Ok(Self(Mutex::new(Inner { file, state })))
    }

    /// What the journal says now.
    pub(crate) fn read<T>(&self, of: impl FnOnce(&JournalState) -> T) -> T {
        of(&self.inner().state)
    }

    /// Appends a record.
    pub(crate) fn append(&self, record: &Record) -> Result<(), JournalError> {
        self.append_with(|_| Some(record.clone())).map(drop)
    }

    /// Appends what is made of the state, with nothing in between.
    pub(crate) fn append_with(&self, make: impl FnOnce(&JournalState) -> Option<Record>) -> Result<bool, JournalError> {
        let mut inner = self.inner();
        let Some(record) = make(&inner.state) else { return Ok(false) };
        inner.file.append(&record)?;
        inner.state.apply(&record);
        let Inner { file, state } = &mut *inner;
        file.compact_if_long(state)?;
        Ok(true)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // A panic while the lock was held left the file ahead of the state at worst, never behind it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
