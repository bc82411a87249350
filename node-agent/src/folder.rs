//! The agent's folder: one agent at a time, files that are whole or not there.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// A folder that this process alone uses. The lock ends with the process, however it ends.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
}

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another agent uses it.
    #[error("another agent uses {0}; stop it, or choose another folder")]
    InUse(PathBuf),
    /// It cannot be read or written.
    #[error("cannot use {path}: {error}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl Folder {
    /// Makes the folder if it is not there, for its owner alone, and takes it.
    pub(crate) fn take(path: &Path) -> Result<Self, FolderError> {
        let failed = |error| FolderError::Io { path: path.to_owned(), error };
        std::fs::create_dir_all(path).map_err(failed)?;
        std::fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(failed)?;
        let lock = File::options().create(true).append(true).open(path.join("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(std::fs::TryLockError::WouldBlock) => Err(FolderError::InUse(path.to_owned())),
            Err(std::fs::TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// A file's path in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// A file's text; `None` if it is not there.
    pub(crate) fn read(&self, name: &str) -> Result<Option<String>, FolderError> {
        match std::fs::read_to_string(self.file(name)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FolderError::Io { path: self.file(name), error }),
        }
    }

    /// Puts a file in place, durably and for its owner alone.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<(), FolderError> {
        replace(&self.file(name), text.as_bytes()).map_err(|error| FolderError::Io { path: self.file(name), error })
    }
}

/// Puts a file in place of another: after a crash it is the old one or the new one.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_agents_do_not_share_a_folder() {
        let place = tempfile::tempdir().unwrap();
        let first = Folder::take(place.path()).unwrap();
        assert!(matches!(Folder::take(place.path()), Err(FolderError::InUse(_))));
        drop(first);
        assert!(Folder::take(place.path()).is_ok());
    }

    #[test]
    fn what_is_written_is_for_its_owner_alone() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::take(place.path()).unwrap();
        folder.write("key.pem", "secret").unwrap();
        let mode = std::fs::metadata(folder.file("key.pem")).unwrap().permissions().mode();
        assert_eq!((mode & 0o777, folder.read("key.pem").unwrap().as_deref()), (0o600, Some("secret")));
        assert_eq!(folder.read("absent").unwrap(), None);
    }
}
