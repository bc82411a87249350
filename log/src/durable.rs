//! Files that are there whole, the old or the new, whatever happens in between; and locks
//! that end with the process that holds them.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Readable by everybody.
pub const PUBLIC: u32 = 0o644;
/// Readable by its owner alone.
pub(crate) const PRIVATE: u32 = 0o600;

/// Replaces a file durably.
pub fn replace(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let new = path.with_added_extension("new");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(mode).open(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    sync_directory_of(path)
}

/// Puts a file aside, durably, under its name with this addition: with a number too where
/// others were put aside before. Answers where it is; `None` if it was not there.
pub fn put_aside(path: &Path, addition: &str) -> io::Result<Option<PathBuf>> {
    let mut aside = path.with_added_extension(addition);
    let mut number = 1;
    while aside.try_exists()? {
        number += 1;
        aside = path.with_added_extension(format!("{addition}-{number}"));
    }
    match std::fs::rename(path, &aside) {
        Ok(()) => sync_directory_of(path).map(|()| Some(aside)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn sync_directory_of(path: &Path) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

/// Makes a directory that only its owner enters, unless it is there.
pub(crate) fn private_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Takes a lock; `None` if another process has it.
pub(crate) fn lock(path: &Path) -> io::Result<Option<File>> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
