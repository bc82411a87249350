//! Credentials of the world outside, such as a registry's logins: a file each, which the
//! operator puts into `credential/` of the key store, named for its reference:
//! `{"username": "robot", "secret": "…"}`.

use gpuaas_domain::node_protocol::credential::Credential;

use super::{KeyStore, KeyStoreError, file};

/// Why a credential is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// The file cannot be read.
    #[error(transparent)]
    Store(#[from] KeyStoreError),
    /// The file is not a credential.
    #[error("credential {reference}: {reason}")]
    Damaged {
        /// Which.
        reference: String,
        /// What is wrong with it; nothing of what is in it.
        reason: String,
    },
}

impl KeyStore {
    /// The credential that goes by a reference; `None` if the operator gave none.
    pub fn credential(&self, reference: &str) -> Result<Option<Credential>, CredentialError> {
        if !is_name(reference) {
            return Ok(None);
        }
        let path = self.directory.join("credential").join(reference);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(CredentialError::Store(file::at(&path)(error))),
        };
        let damaged = |error: serde_json::Error| CredentialError::Damaged {
            reference: reference.to_owned(),
            reason: format!("line {}, column {}: not a credential as JSON", error.line(), error.column()),
        };
        serde_json::from_str(&text).map(Some).map_err(damaged)
    }
}

/// Whether a reference names a file here, and no other.
fn is_name(reference: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !reference.is_empty() && !reference.starts_with('.') && reference.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_what_the_operator_put_there_and_nothing_else_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let store = KeyStore::open(&directory.path().join("keys")).unwrap();
        let folder = directory.path().join("keys/credential");
        std::fs::write(folder.join("registry"), r#"{"username": "robot", "secret": "s3cret"}"#).unwrap();
        std::fs::write(folder.join("broken"), "s3cret").unwrap();
        let found = store.credential("registry").unwrap().unwrap();
        assert_eq!((found.username.as_deref(), found.secret.as_str()), (Some("robot"), "s3cret"));
        for missing in ["another", "", ".", "..", "../node-ca", "a/b"] {
            assert_eq!(store.credential(missing).unwrap(), None, "{missing}");
        }
        let error = store.credential("broken").unwrap_err().to_string();
        assert!(!error.contains("s3cret"), "{error}");
    }
}
