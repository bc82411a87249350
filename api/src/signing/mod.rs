//! The keys that sign the log's checkpoints: those in the key store, and those that the
//! operator keeps elsewhere: in a file, or behind a command that signs.
//!
//! What this is not for: which of them may sign at present. The log says that, and the
//! checkpointer follows it.

mod command;
mod source;

use std::sync::Arc;

use async_trait::async_trait;
use gpuaas_log::checkpoint::{KeyRing, Signer, SigningError, Signs, VerifierKey};

use crate::keystore::{Key, KeyStore, KeyStoreError};

pub use command::CommandKey;
pub use source::{KeySource, KeySourceError};

/// Why a key that the operator names cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the signing key {place}: {why}")]
pub struct LogKeyError {
    /// Where it is to be.
    pub place: String,
    /// What is wrong with it, and what would be right.
    pub why: String,
}

/// The keys of one log that are to be had here.
#[derive(Clone)]
pub struct LogKeys {
    origin: String,
    store: Arc<KeyStore>,
    elsewhere: Vec<Arc<dyn Signs>>,
}

impl LogKeys {
    /// Those of the key store, after those that are kept elsewhere.
    pub fn open(origin: &str, store: Arc<KeyStore>, sources: &[KeySource]) -> Result<Self, LogKeyError> {
        let elsewhere = sources.iter().map(|source| source.open(origin)).collect::<Result<_, _>>()?;
        let keys = Self { origin: origin.to_owned(), store, elsewhere };
        // That the origin can name a key shows here, and not when the first one is used.
        keys.of_store(keys.lowest()?)?;
        Ok(keys)
    }

    /// The key that a new log begins with: the first that is kept elsewhere, or the key
    /// store's first.
    pub fn first(&self) -> Result<VerifierKey, LogKeyError> {
        match self.elsewhere.first() {
            Some(key) => Ok(key.verifier().clone()),
            None => Ok(self.of_store(self.lowest()?)?.verifier().clone()),
        }
    }

    /// The key that comes after these, all that the log ever named: the last key of the key
    /// store if it is none of them, or else one that is made after it. However often it is
    /// asked before the log names it, it is the same one.
    pub fn next(&self, named: &[VerifierKey]) -> Result<VerifierKey, LogKeyError> {
        let last = self.numbers()?.last().copied().unwrap_or(1);
        let key = self.of_store(last)?;
        let key = if named.contains(key.verifier()) { self.of_store(last.saturating_add(1))? } else { key };
        Ok(key.verifier().clone())
    }

    /// The number of the first key of the key store that is there, or that is to be made.
    fn lowest(&self) -> Result<u32, LogKeyError> {
        Ok(self.numbers()?.first().copied().unwrap_or(1))
    }

    /// The numbers of the key store's keys. Those of keys that were removed are missing.
    fn numbers(&self) -> Result<Vec<u32>, LogKeyError> {
        let failed =
            |error: KeyStoreError| LogKeyError { place: "of the key store".to_owned(), why: error.to_string() };
        self.store.log_signing_numbers().map_err(failed)
    }

    /// The key of this number in the key store; made if it is not there.
    fn of_store(&self, number: u32) -> Result<Signer, LogKeyError> {
        let seed = self.store.log_signing(number).map_err(|error| unusable(number, error.to_string()))?;
        self.signer(number, &seed)
    }

    fn signer(&self, number: u32, seed: &Key) -> Result<Signer, LogKeyError> {
        let why = || format!("{:?} cannot name a key: use a host name, without white space and +", self.origin);
        Signer::from_seed(&self.origin, seed.bytes()).map_err(|_| unusable(number, why()))
    }

    fn all_of_store(&self) -> Result<Vec<Arc<dyn Signs>>, LogKeyError> {
        let mut keys: Vec<Arc<dyn Signs>> = Vec::new();
        for number in self.numbers()? {
            let seed = self.store.kept_log_signing(number).map_err(|error| unusable(number, error.to_string()))?;
            // One may be removed meanwhile.
            if let Some(seed) = seed {
                keys.push(Arc::new(self.signer(number, &seed)?));
            }
        }
        Ok(keys)
    }
}

fn unusable(number: u32, why: String) -> LogKeyError {
    LogKeyError { place: format!("{number} of the key store"), why }
}

#[async_trait]
impl KeyRing for LogKeys {
    async fn keys(&self) -> Result<Vec<Arc<dyn Signs>>, SigningError> {
        let here = self.clone();
        let store = tokio::task::spawn_blocking(move || here.all_of_store()).await;
        let store = store.map_err(|error| SigningError(error.to_string()))?;
        let store = store.map_err(|error| SigningError(error.to_string()))?;
        Ok(self.elsewhere.iter().cloned().chain(store).collect())
    }
}

impl std::fmt::Debug for LogKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LogKeys({}, {} kept elsewhere)", self.origin, self.elsewhere.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(folder: &std::path::Path, sources: &[&str]) -> Result<LogKeys, LogKeyError> {
        let store = Arc::new(KeyStore::open(&folder.join("keys")).unwrap());
        let sources: Vec<KeySource> = sources.iter().map(|source| source.parse().unwrap()).collect();
        LogKeys::open("example.org/log", store, &sources)
    }

    #[tokio::test]
    async fn the_next_key_is_made_once_and_signs_from_then_on() {
        let folder = tempfile::tempdir().unwrap();
        let first = keys(folder.path(), &[]).unwrap();
        let (one, two) = (first.first().unwrap(), first.next(&[first.first().unwrap()]).unwrap());
        assert_ne!(one, two);
        // A crash before the log named it, and another process.
        let again = keys(folder.path(), &[]).unwrap();
        assert_eq!(again.next(std::slice::from_ref(&one)).unwrap(), two);
        assert_eq!(here(&again).await, [one.clone(), two.clone()]);
        assert!(![&one, &two].contains(&&again.next(&[one.clone(), two.clone()]).unwrap()));
    }

    /// The keys that are to be had.
    async fn here(keys: &LogKeys) -> Vec<VerifierKey> {
        keys.keys().await.unwrap().iter().map(|key| key.verifier().clone()).collect()
    }

    #[tokio::test]
    async fn a_replaced_key_that_was_removed_takes_no_other_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let remove = |name: &str| std::fs::remove_file(folder.path().join("keys").join(name)).unwrap();
        let running = keys(folder.path(), &[]).unwrap();
        let mut named = vec![running.first().unwrap()];
        named.push(running.next(&named).unwrap());
        remove("log-signing");
        // The running server, and the next one.
        assert_eq!(here(&running).await, named[1..]);
        assert_eq!(here(&keys(folder.path(), &[]).unwrap()).await, named[1..]);
        named.push(running.next(&named).unwrap());
        assert_eq!(here(&running).await, named[1..]);
        remove("log-signing-2");
        let restarted = keys(folder.path(), &[]).unwrap();
        assert_eq!(here(&restarted).await, named[2..], "the one in force, and no useless new one");
        let fourth = restarted.next(&named).unwrap();
        assert!(!named.contains(&fourth) && folder.path().join("keys/log-signing-4").exists());
        assert_eq!(restarted.next(&named).unwrap(), fourth);
    }

    #[tokio::test]
    async fn a_key_in_a_file_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("seed");
        std::fs::write(&file, format!("{}\n", hex::encode([5; 32]))).unwrap();
        let keys = keys(folder.path(), &[&format!("file:{}", file.display())]).unwrap();
        let expected = Signer::from_seed("example.org/log", &[5; 32]).unwrap();
        assert_eq!(&keys.first().unwrap(), expected.verifier());
        assert_eq!(keys.keys().await.unwrap().len(), 2);
    }

    #[test]
    fn a_key_that_cannot_be_used_says_so_at_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let short = folder.path().join("short");
        std::fs::write(&short, "abc\n").unwrap();
        let foreign = Signer::from_seed("example.org/other", &[1; 32]).unwrap();
        for (source, why) in [
            (format!("file:{}/absent", folder.path().display()), "No such file"),
            (format!("file:{}", short.display()), "64 hexadecimal digits"),
            (format!("command:{} cat", foreign.verifier()), "another name"),
        ] {
            let error = keys(folder.path(), &[&source]).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
