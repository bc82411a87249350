//! A key in a file: 64 hexadecimal digits and a line feed.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
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
pub(super) fn read(path: &Path) -> Result<Option<Key>, KeyStoreError> {
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

/// Makes the removal or the making of a file durable.
pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    File::open(path.parent().unwrap_or_else(|| Path::new(".")))?.sync_all()
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
    fn a_damaged_key_is_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        std::fs::write(&path, "not a key\n").unwrap();
        assert!(read_or_make(&path).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "not a key\n");
    }
}
