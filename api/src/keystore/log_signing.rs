//! The keys that sign the log's checkpoints, counted from 1 in the order in which they were
//! made: `log-signing`, `log-signing-2`, … None is ever removed here: one that was replaced
//! still has to sign the checkpoint that first covers its replacement. The operator removes
//! it afterwards, so there are gaps between the numbers.

use std::path::PathBuf;

use super::{Key, KeyStore, KeyStoreError, file};

/// The first one's file, and how the others' begin.
const FIRST: &str = "log-signing";

impl KeyStore {
    /// The key of this number; made, durably, if it is not there.
    pub fn log_signing(&self, number: u32) -> Result<Key, KeyStoreError> {
        file::read_or_make(&self.log_signing_path(number))
    }

    /// The key of this number, if it is there.
    pub fn kept_log_signing(&self, number: u32) -> Result<Option<Key>, KeyStoreError> {
        file::read(&self.log_signing_path(number))
    }

    /// The numbers of those that are there, ascending.
    pub fn log_signing_numbers(&self) -> Result<Vec<u32>, KeyStoreError> {
        let failed = file::at(&self.directory);
        let mut numbers = Vec::new();
        for found in std::fs::read_dir(&self.directory).map_err(&failed)? {
            let name = found.map_err(&failed)?.file_name();
            numbers.extend(name.to_str().and_then(number));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    fn log_signing_path(&self, number: u32) -> PathBuf {
        self.directory.join(name(number))
    }
}

fn name(number: u32) -> String {
    if number == 1 { FIRST.to_owned() } else { format!("{FIRST}-{number}") }
}

/// The number of the key that a file holds, if it holds one.
fn number(file: &str) -> Option<u32> {
    let rest = file.strip_prefix(FIRST)?;
    let number = if rest.is_empty() { 1 } else { rest.strip_prefix('-')?.parse().ok()? };
    (name(number) == file).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_files_of_keys_have_numbers() {
        for there in [1, 2, 10, u32::MAX] {
            assert_eq!(number(&name(there)), Some(there));
        }
        for other in
            ["log-signing-", "log-signing-1", "log-signing-02", "log-signing-+2", "log-signing-2.new", "claims"]
        {
            assert_eq!(number(other), None, "{other}");
        }
    }
}
