//! The key store: the one authority beside the log (the design's section 12).
//!
//! A directory of small files, one key each, mode 0600. A key is durable before anything
//! is written that needs it, and is never overwritten. The directory lives apart from
//! the log's database and is backed up apart: whoever holds a backup of both could bring
//! an erased person back, so the backups' lifetime bounds that.
//!
//! Several servers on one log share the directory (a network file system, or a secret
//! that is mounted into each). A database or a KMS would implement the same trait,
//! [`gpuaas_commands::Effects`].

mod credentials;
mod effects;
mod erased;
mod file;
mod log_signing;
mod nodes;
mod person;
mod tokens;
mod webhooks;

use std::io;
use std::path::{Path, PathBuf};

use gpuaas_domain::id::{OrganizationId, TypedId as _};
use gpuaas_log::hash::SecretKey;

pub(crate) use file::{read as read_key, write_private};

pub use credentials::CredentialError;
pub use effects::{World, now};
pub use file::Key;
pub use person::PersonError;
pub use tokens::Tokens;

/// Why the key store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("key store: {path}: {source}")]
pub struct KeyStoreError {
    /// The file or directory.
    pub path: PathBuf,
    /// What the system says.
    pub source: io::Error,
}

/// Keys that every platform had from its first start on.
const FROM_THE_FIRST_START: [&str; 3] = [CLAIMS, TOKENS, SECRETS];
const CLAIMS: &str = "claims";
const TOKENS: &str = "token-signing";
const SECRETS: &str = "secret-digests";

/// The keys of a platform.
pub struct KeyStore {
    directory: PathBuf,
    claims: Key,
    tokens: Key,
    secrets: Key,
    node_ca: Key,
    app_tokens: Key,
}

impl KeyStore {
    /// The first key that a directory lacks of those that every platform has.
    pub fn lacks(directory: &Path) -> Result<Option<PathBuf>, KeyStoreError> {
        for name in FROM_THE_FIRST_START {
            let path = directory.join(name);
            if file::read(&path)?.is_none() {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    /// Opens the directory, and makes it and the keys that every platform has if they
    /// are not there.
    pub fn open(directory: &Path) -> Result<Self, KeyStoreError> {
        file::private_directory(directory)?;
        for inner in ["digest", "person", "credential", "webhook"] {
            file::private_directory(&directory.join(inner))?;
        }
        let key = |name: &str| file::read_or_make(&directory.join(name));
        let store = Self {
            claims: key(CLAIMS)?,
            tokens: key(TOKENS)?,
            secrets: key(SECRETS)?,
            node_ca: key("node-ca")?,
            app_tokens: key("app-tokens")?,
            directory: directory.to_owned(),
        };
        store.finish_erasures()?;
        Ok(store)
    }

    /// Seed of the key that signs tokens.
    #[must_use]
    pub fn token_signing_seed(&self) -> &[u8; 32] {
        self.tokens.bytes()
    }

    /// The digest key of an organization, or the platform's; made if it is not there.
    pub fn digests_of(&self, organization: Option<OrganizationId>) -> Result<SecretKey, KeyStoreError> {
        let name = organization.map_or_else(|| "platform".to_owned(), |id| id.uuid().simple().to_string());
        let key = file::read_or_make(&self.directory.join("digest").join(name))?;
        Ok(SecretKey::new(*key.bytes()))
    }
}

impl std::fmt::Debug for KeyStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeyStore({})", self.directory.display())
    }
}
