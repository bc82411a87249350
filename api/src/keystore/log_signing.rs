//! The keys that sign the log's checkpoints, counted from 1 in the order in which they were
//! made: `log-signing`, `log-signing-2`, … None is ever removed here: one that was replaced
//! still has to sign the checkpoint that first covers its replacement.

use std::path::PathBuf;

use super::{Key, KeyStore, KeyStoreError, file};

impl KeyStore {
    /// The key of this number; made, durably, if it is not there.
    pub fn log_signing(&self, number: u32) -> Result<Key, KeyStoreError> {
        file::read_or_make(&self.log_signing_path(number))
    }

    /// How many there are.
    #[must_use]
    pub fn log_signing_keys(&self) -> u32 {
        (1..).take_while(|number| self.log_signing_path(*number).exists()).last().unwrap_or(0)
    }

    fn log_signing_path(&self, number: u32) -> PathBuf {
        let name = if number == 1 { "log-signing".to_owned() } else { format!("log-signing-{number}") };
        self.directory.join(name)
    }
}
