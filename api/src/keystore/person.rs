//! Personal fields, sealed under a key per person: XChaCha20-Poly1305 with a random
//! nonce, the person's id being bound to the text.

use std::path::PathBuf;

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use gpuaas_domain::Sealed;
use uuid::Uuid;

use super::{KeyStore, KeyStoreError, file};

const NONCE: usize = 24;
/// Extension of the file that says that a person was erased.
const ERASED: &str = "erased";

/// Why a personal field was not sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// The person was erased: no new key is made.
    #[error("this person was erased")]
    Erased,
    /// The ciphertext is not one of this person's.
    #[error("a sealed field does not fit its person's key")]
    Foreign,
    /// The directory failed.
    #[error(transparent)]
    Store(#[from] KeyStoreError),
}

impl KeyStore {
    /// Encrypts a text under the person's key, which is made if it is not there.
    pub fn seal(&self, person: Uuid, text: &str) -> Result<Sealed<String>, PersonError> {
        if self.is_erased(person)? {
            return Err(PersonError::Erased);
        }
        let key = file::read_or_make(&self.person(person))?;
        // Who was erased meanwhile has no key again.
        if self.is_erased(person)? {
            self.erase(person)?;
            return Err(PersonError::Erased);
        }
        let nonce: [u8; NONCE] = rand::random();
        let payload = Payload { msg: text.as_bytes(), aad: person.as_bytes() };
        let ciphertext = XChaCha20Poly1305::new(key.bytes().into())
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|_| PersonError::Foreign)?;
        Ok(Sealed::new(person, [&nonce[..], &ciphertext].concat()))
    }

    /// Decrypts a text; `None` if the person was erased.
    pub fn open_sealed(&self, sealed: &Sealed<String>) -> Result<Option<String>, PersonError> {
        if self.is_erased(sealed.person)? {
            return Ok(None);
        }
        let key = match file::read(&self.person(sealed.person)) {
            Ok(Some(key)) => key,
            Ok(None) => return Ok(None),
            // It was being overwritten when it was read.
            Err(_) if self.is_erased(sealed.person)? => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let (nonce, ciphertext) = sealed.ciphertext.split_at_checked(NONCE).ok_or(PersonError::Foreign)?;
        let payload = Payload { msg: ciphertext, aad: sealed.person.as_bytes() };
        let text = XChaCha20Poly1305::new(key.bytes().into())
            .decrypt(XNonce::from_slice(nonce), payload)
            .map_err(|_| PersonError::Foreign)?;
        String::from_utf8(text).map(Some).map_err(|_| PersonError::Foreign)
    }

    /// Destroys the person's key. What was sealed under it can never be opened again,
    /// and no new key is made for the person. Nothing is kept in memory, so it is gone for
    /// every server on this directory at once.
    pub fn erase(&self, person: Uuid) -> Result<(), KeyStoreError> {
        let tombstone = self.tombstone(person);
        if !self.is_erased(person)? {
            file::write_private(&tombstone, "erased\n").map_err(file::at(&tombstone))?;
        }
        let path = self.person(person);
        file::destroy(&path).map_err(file::at(&path))
    }

    /// Destroys what is there of the keys of those who were erased: an erasure that a crash
    /// cut short, or keys that came back with a backup of the directory.
    pub(super) fn finish_erasures(&self) -> Result<(), KeyStoreError> {
        let folder = self.directory.join("person");
        for entry in std::fs::read_dir(&folder).map_err(file::at(&folder))? {
            let path = entry.map_err(file::at(&folder))?.path();
            if path.extension().is_some_and(|extension| extension == ERASED) {
                let key = path.with_extension("");
                file::destroy(&key).map_err(file::at(&key))?;
            }
        }
        Ok(())
    }

    fn is_erased(&self, person: Uuid) -> Result<bool, KeyStoreError> {
        let tombstone = self.tombstone(person);
        tombstone.try_exists().map_err(file::at(&tombstone))
    }

    fn person(&self, person: Uuid) -> PathBuf {
        self.directory.join("person").join(person.simple().to_string())
    }

    fn tombstone(&self, person: Uuid) -> PathBuf {
        self.person(person).with_extension(ERASED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, KeyStore) {
        let directory = tempfile::tempdir().unwrap();
        let store = KeyStore::open(&directory.path().join("keys")).unwrap();
        (directory, store)
    }

    #[test]
    fn what_is_sealed_opens_again_and_shows_nothing() {
        let (_directory, store) = store();
        let sealed = store.seal(Uuid::from_u128(1), "ada@example.org").unwrap();
        assert!(!sealed.ciphertext.windows(3).any(|window| window == b"ada"));
        assert_eq!(store.open_sealed(&sealed).unwrap().as_deref(), Some("ada@example.org"));
        let again = store.seal(Uuid::from_u128(1), "ada@example.org").unwrap();
        assert_ne!(sealed, again, "equal texts are not seen to be equal");
    }

    #[test]
    fn a_field_does_not_open_as_another_persons() {
        let (_directory, store) = store();
        let sealed = store.seal(Uuid::from_u128(1), "Ada").unwrap();
        store.seal(Uuid::from_u128(2), "Bob").unwrap();
        let moved = Sealed::new(Uuid::from_u128(2), sealed.ciphertext);
        assert!(matches!(store.open_sealed(&moved), Err(PersonError::Foreign)));
    }

    #[test]
    fn an_erased_person_stays_erased() {
        let (_directory, store) = store();
        let sealed = store.seal(Uuid::from_u128(1), "Ada").unwrap();
        store.erase(Uuid::from_u128(1)).unwrap();
        assert_eq!(store.open_sealed(&sealed).unwrap(), None);
        assert!(matches!(store.seal(Uuid::from_u128(1), "Ada"), Err(PersonError::Erased)));
        store.erase(Uuid::from_u128(1)).unwrap();
    }

    #[test]
    fn every_server_on_the_directory_forgets_at_once() {
        let (directory, one) = store();
        let other = KeyStore::open(&directory.path().join("keys")).unwrap();
        let sealed = one.seal(Uuid::from_u128(1), "Ada").unwrap();
        assert_eq!(other.open_sealed(&sealed).unwrap().as_deref(), Some("Ada"));
        one.erase(Uuid::from_u128(1)).unwrap();
        assert_eq!(other.open_sealed(&sealed).unwrap(), None);
    }

    #[test]
    fn an_erasure_that_was_cut_short_is_finished_at_the_next_start() {
        let (directory, store) = store();
        let sealed = store.seal(Uuid::from_u128(1), "Ada").unwrap();
        let path = store.person(Uuid::from_u128(1));
        let key = std::fs::read(&path).unwrap();
        store.erase(Uuid::from_u128(1)).unwrap();
        // As if the crash came before the key was overwritten, or a backup brought it back.
        std::fs::write(&path, &key).unwrap();
        assert_eq!(store.open_sealed(&sealed).unwrap(), None);
        drop(store);
        let reopened = KeyStore::open(&directory.path().join("keys")).unwrap();
        assert!(!path.exists());
        assert_eq!(reopened.open_sealed(&sealed).unwrap(), None);
    }
}
