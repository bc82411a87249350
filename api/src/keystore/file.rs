//! A key in a file: 64 hexadecimal digits and a line feed.

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::KeyStoreError;

/// 32 secret bytes, wiped when dropped.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The key in a file. One that is not there is made, atomically and durably: whoever
/// comes first wins, and everybody else reads the winner's.
pub(super) fn read_or_make(path: &Path) -> Result<Key, KeyStoreError> {
    if let Some(key) = read(path)? {
        return Ok(key);
    }
    make(path).map_err(at(path))?;
    read(path)?.ok_or_else(|| at(path)(io::ErrorKind::NotFound.into()))
}

/// The key in a file, if there is one.
pub(crate) fn read(path: &Path) -> Result<Option<Key>, KeyStoreError> {
    let mut text = Zeroizing::new(String::with_capacity(65));
    let opened = OpenOptions::new().read(true).open(path);
    match opened.and_then(|mut file| file.read_to_string(&mut text)) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at(path)(error)),
    }
    let mut bytes = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text.trim_end(), &mut *bytes)
        .map_err(|_| at(path)(io::Error::new(io::ErrorKind::InvalidData, "not 64 hexadecimal digits")))?;
    Ok(Some(Key(bytes)))
}

/// Makes a directory that only its owner can enter.
pub(super) fn private_directory(path: &Path) -> Result<(), KeyStoreError> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(at(path))
}

/// Writes a file whole and durably, readable by its owner alone. An old one is replaced
/// atomically.
pub(crate) fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let beside = write_beside(path, text)?;
    std::fs::rename(&beside, path)?;
    sync_parent(path)
}

/// Overwrites the bytes of a file where they lie, and removes it. A name beside it for the
/// same bytes, which a crash may have left when it was made, goes too.
///
/// What a file system that copies on write, a disk that moves its blocks, or a backup
/// keeps of the old bytes is out of reach from here.
pub(super) fn destroy(path: &Path) -> io::Result<()> {
    let mut file = match OpenOptions::new().write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return sync_parent(path),
        opened => opened?,
    };
    let written = file.metadata()?;
    let length = usize::try_from(written.len()).map_err(io::Error::other)?;
    file.write_all(&vec![0; length])?;
    file.sync_all()?;
    if written.nlink() > 1 {
        remove_other_names(path, &written)?;
    }
    match std::fs::remove_file(path) {
        // Another server was quicker.
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => sync_parent(path),
    }
}

fn remove_other_names(path: &Path, of: &Metadata) -> io::Result<()> {
    for entry in std::fs::read_dir(parent(path))? {
        let entry = entry?;
        let found = entry.metadata()?;
        if entry.path() != path && (found.dev(), found.ino()) == (of.dev(), of.ino()) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or_else(|| Path::new("."))
}

/// Makes the removal or the making of a file durable.
pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    File::open(parent(path))?.sync_all()
}

/// The text in a file. One that is not there is made, atomically and durably: whoever
/// comes first wins, and everybody else reads the winner's.
pub(super) fn read_or_keep(path: &Path, make: impl FnOnce() -> String) -> Result<String, KeyStoreError> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            keep(path, &make()).map_err(at(path))?;
            std::fs::read_to_string(path).map_err(at(path))
        }
        read => read.map_err(at(path)),
    }
}

fn make(path: &Path) -> io::Result<()> {
    let key = Zeroizing::new(rand::random::<[u8; 32]>());
    keep(path, &Zeroizing::new(hex::encode(*key) + "\n"))
}

/// Puts a file where there is none.
fn keep(path: &Path, text: &str) -> io::Result<()> {
    let beside = write_beside(path, text)?;
    // Unlike a rename, a link does not replace what another process has made meanwhile.
    let linked = std::fs::hard_link(&beside, path);
    std::fs::remove_file(&beside)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Ok(()) | Err(_) => sync_parent(path),
    }
}

fn write_beside(path: &Path, text: &str) -> io::Result<PathBuf> {
    let beside = path.with_file_name(format!(".new-{:032x}", rand::random::<u128>()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(beside)
}

pub(super) fn at(path: &Path) -> impl Fn(io::Error) -> KeyStoreError {
    move |source| KeyStoreError { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_reads_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        assert!(read(&path).unwrap().is_none());
        let keys: Vec<Key> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| read_or_make(&path).unwrap())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| key.bytes() == keys[0].bytes()));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_destroyed_key_is_overwritten_under_all_its_names() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        let key = read_or_make(&path).unwrap();
        // What a crash leaves between the link and the removal of the other name.
        std::fs::hard_link(&path, directory.path().join(".new-1")).unwrap();
        let mut held = File::open(&path).unwrap();
        destroy(&path).unwrap();
        let mut left = String::new();
        held.read_to_string(&mut left).unwrap();
        assert_eq!(left, "\0".repeat(65));
        assert!(!left.contains(&hex::encode(key.bytes())));
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
        destroy(&path).unwrap();
    }

    #[test]
    fn a_damaged_key_is_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        std::fs::write(&path, "not a key\n").unwrap();
        assert!(read_or_make(&path).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "not a key\n");
    }
}
