//! The last checkpoint, in a file of its own.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::CheckpointerError;
use crate::checkpoint::{Checkpoint, NoteError, SignedCheckpoint};

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
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&lock_path);
        let lock = lock.map_err(|error| failed(&path, &error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(CheckpointerError::InUse(path)),
            Err(TryLockError::Error(error)) => Err(failed(&path, &error)),
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
        self.replace(note).map_err(|error| failed(&self.path, &error))
    }

    fn replace(&self, note: &str) -> std::io::Result<()> {
        let new = self.path.with_added_extension("new");
        let mut file = File::create(&new)?;
        file.write_all(note.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&new, &self.path)?;
        let directory = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
    }
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> CheckpointerError {
    CheckpointerError::File { path: path.to_owned(), why: error.to_string() }
}
