//! The data directory: made where it is absent, and held by one server.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use crate::store::StoreError;

/// The operating system's lock on a data directory. It goes with the process, however
/// that ends.
#[derive(Debug)]
pub(super) struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    /// Makes the directory, if need be, and locks it.
    pub(super) fn acquire(directory: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(directory).map_err(|error| refused(directory, &error))?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(directory.join("log.lock"))
            .map_err(|error| refused(directory, &error))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse(PathBuf::from(directory))),
            Err(TryLockError::Error(error)) => Err(refused(directory, &error)),
        }
    }
}

fn refused(directory: &Path, error: &Error) -> StoreError {
    let place = format!("the data directory {}", directory.display());
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full(place),
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly(place),
        _ => StoreError::Unavailable(format!("{place}: {error}")),
    }
}
