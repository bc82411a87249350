//! The last checkpoint, in a file of its own.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::CheckpointerError;
use crate::checkpoint::{Checkpoint, NoteError, SignedCheckpoint};
use crate::durable;

/// A checkpoint as it was signed.
#[derive(Debug)]
pub(super) struct Kept {
    note: String,
    signed: SignedCheckpoint,
}

impl Kept {
    pub(super) fn parse(note: &str) -> Result<Self, NoteError> {
        Ok(Self { note: note.to_owned(), signed: note.parse()? })
    }

    pub(super) fn checkpoint(&self) -> &Checkpoint {
        self.signed.checkpoint()
    }

    pub(super) fn signed(&self) -> &SignedCheckpoint {
        &self.signed
    }

    pub(super) fn note(&self) -> &str {
        &self.note
    }
}

/// The file, held by one checkpointer.
#[derive(Debug)]
pub(super) struct KeptFile {
    path: PathBuf,
    _lock: File,
}

impl KeptFile {
    pub(super) fn open(path: PathBuf) -> Result<Self, CheckpointerError> {
        let lock_path = path.with_added_extension("lock");
        match durable::lock(&lock_path) {
            Ok(Some(lock)) => Ok(Self { path, _lock: lock }),
            Ok(None) => Err(CheckpointerError::InUse(path)),
            Err(error) => Err(failed(&path, &error)),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What it holds; `None` if it is not there.
    pub(super) fn read(&self) -> Result<Option<Kept>, CheckpointerError> {
        match std::fs::read_to_string(&self.path) {
            Ok(note) => Kept::parse(&note).map(Some).map_err(|error| failed(&self.path, &error)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&self.path, &error)),
        }
    }

    /// Replaces it durably: the old one or the new one is there whatever happens.
    pub(super) fn write(&self, note: &str) -> Result<(), CheckpointerError> {
        durable::replace(&self.path, note, durable::PUBLIC).map_err(|error| failed(&self.path, &error))
    }
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> CheckpointerError {
    CheckpointerError::File { path: path.to_owned(), why: error.to_string() }
}
