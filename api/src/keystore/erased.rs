//! Up to where in the log the keys of erased persons are destroyed in this directory. It is
//! kept beside the keys, and not with the other cursors: a directory that was restored
//! from a backup brings its old place along, so what it brought back is destroyed again.

use std::io;
use std::path::PathBuf;

use uuid::Uuid;

use super::{KeyStore, KeyStoreError, file};

impl KeyStore {
    /// The place in this log; 0 if none was kept, or only one of another log.
    pub fn erased_through(&self, log: Uuid) -> Result<u64, KeyStoreError> {
        let path = self.erased_through_file();
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            read => read.map_err(file::at(&path))?,
        };
        let place = text.trim_end().split_once(' ').filter(|(of, _)| *of == log.simple().to_string());
        Ok(place.and_then(|(_, position)| position.parse().ok()).unwrap_or_default())
    }

    /// Keeps the place.
    pub fn set_erased_through(&self, log: Uuid, position: u64) -> Result<(), KeyStoreError> {
        let path = self.erased_through_file();
        file::write_private(&path, &format!("{} {position}\n", log.simple())).map_err(file::at(&path))
    }

    fn erased_through_file(&self) -> PathBuf {
        self.directory.join("erased-through")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_one_log_s_own_and_a_damaged_one_begins_anew() {
        let directory = tempfile::tempdir().unwrap();
        let store = KeyStore::open(&directory.path().join("keys")).unwrap();
        let [one, other] = [1, 2].map(Uuid::from_u128);
        assert_eq!(store.erased_through(one).unwrap(), 0);
        store.set_erased_through(one, 7).unwrap();
        assert_eq!((store.erased_through(one).unwrap(), store.erased_through(other).unwrap()), (7, 0));
        std::fs::write(store.erased_through_file(), "seven").unwrap();
        assert_eq!(store.erased_through(one).unwrap(), 0);
    }
}
