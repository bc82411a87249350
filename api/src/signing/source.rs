//! Where the operator keeps a signing key, as the settings write it.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use gpuaas_log::checkpoint::{Signer, Signs, VerifierKey};

use super::{CommandKey, LogKeyError};

/// A place outside of the key store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// A file with the seed in 64 hexadecimal digits.
    File(PathBuf),
    /// A program that gets a text on its standard input and answers the signature.
    Command {
        /// The key that it signs with.
        key: Box<VerifierKey>,
        /// The program, and its arguments.
        words: Vec<String>,
    },
}

/// A text names no place of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a signing key is file:PATH, or command:VKEY PROGRAM ARGUMENT …, the VKEY being what the program signs with{}",
    .0.as_ref().map(|why| format!(" ({why})")).unwrap_or_default()
)]
pub struct KeySourceError(Option<String>);

impl FromStr for KeySource {
    type Err = KeySourceError;

    /// No shell reads the words of a command: white space is what separates them.
    fn from_str(text: &str) -> Result<Self, KeySourceError> {
        if let Some(path) = text.strip_prefix("file:").filter(|path| !path.is_empty()) {
            return Ok(Self::File(path.into()));
        }
        let mut words = text.strip_prefix("command:").ok_or(KeySourceError(None))?.split_whitespace();
        let key = words.next().ok_or(KeySourceError(None))?;
        let key: VerifierKey = key.parse().map_err(|error| KeySourceError(Some(format!("{error}"))))?;
        let words: Vec<String> = words.map(str::to_owned).collect();
        if words.is_empty() { Err(KeySourceError(None)) } else { Ok(Self::Command { key: Box::new(key), words }) }
    }
}

impl KeySource {
    /// The key, for the log of this origin.
    pub(super) fn open(&self, origin: &str) -> Result<Arc<dyn Signs>, LogKeyError> {
        match self {
            Self::File(path) => {
                let failed = |why: String| LogKeyError { place: format!("in {}", path.display()), why };
                let seed = crate::keystore::read_key(path).map_err(|error| failed(error.source.to_string()))?;
                let seed = seed.ok_or_else(|| failed("No such file: put the key there, or name another".into()))?;
                let named = Signer::from_seed(origin, seed.bytes()).map_err(|error| failed(error.to_string()))?;
                Ok(Arc::new(named))
            }
            Self::Command { key, words } => {
                if key.name() != origin {
                    let why = format!("it is of another name than the log, which is {origin}");
                    return Err(LogKeyError { place: key.to_string(), why });
                }
                Ok(Arc::new(CommandKey::new((**key).clone(), words.clone())))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_read_as_it_is_written() {
        let key = Signer::from_seed("example.org/log", &[1; 32]).unwrap().verifier().clone();
        let words = ["/usr/bin/sign", "--slot", "3"].map(str::to_owned).to_vec();
        let text = format!("command:{key} /usr/bin/sign  --slot 3");
        assert_eq!(text.parse(), Ok(KeySource::Command { key: Box::new(key.clone()), words }));
        assert_eq!("file:/etc/key".parse(), Ok(KeySource::File("/etc/key".into())));
        for bad in ["", "file:", "/etc/key", "command:", "command:key cat", &format!("command:{key}")] {
            assert!(bad.parse::<KeySource>().is_err(), "{bad}");
        }
    }
}
