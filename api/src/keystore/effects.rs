//! Time, randomness and keys for the write side.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use gpuaas_commands::{Effects, Refusal};
use gpuaas_domain::id::{InstanceId, OrganizationId};
use gpuaas_domain::node_protocol::credential::Credential;
use gpuaas_domain::service_account::SecretDigest;
use gpuaas_domain::{Code, Sealed, Timestamp};
use gpuaas_log::hash::SecretKey;
use rand::TryRngCore as _;
use uuid::Uuid;

use super::{KeyStore, PersonError};

/// Context of the keyed digest of a service account's secret.
const SECRET_DOMAIN: &[u8] = b"service account secret\0";

/// What the write side needs of the world, on a key store.
#[derive(Debug, Clone)]
pub struct World {
    keys: Arc<KeyStore>,
}

impl World {
    /// The world with these keys.
    #[must_use]
    pub fn new(keys: Arc<KeyStore>) -> Self {
        Self { keys }
    }

    /// The token by which a workload knows its users.
    #[must_use]
    pub fn app_token(&self, instance: InstanceId) -> String {
        self.keys.app_token(instance)
    }

    /// The credential that goes by a reference; `None` if the operator gave none.
    pub async fn credential(&self, reference: &str) -> Result<Option<Credential>, Refusal> {
        let reference = reference.to_owned();
        self.with_keys(move |keys| keys.credential(&reference)).await
    }

    /// Runs on a thread that may wait for the disk.
    async fn with_keys<T, E>(&self, work: impl FnOnce(&KeyStore) -> Result<T, E> + Send + 'static) -> Result<T, Refusal>
    where
        T: Send + 'static,
        E: std::fmt::Display + Send + 'static,
    {
        let keys = self.keys.clone();
        let done = tokio::task::spawn_blocking(move || work(&keys)).await;
        done.map_err(Refusal::internal)?.map_err(unavailable)
    }
}

/// The time, by this process's clock.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_micros()).unwrap_or(Timestamp::MAX.0))
}

#[async_trait]
impl Effects for World {
    fn now(&self) -> Timestamp {
        now()
    }

    fn random(&self, bytes: &mut [u8]) {
        rand::rngs::OsRng.try_fill_bytes(bytes).expect("without the system's randomness no key may be made");
    }

    fn claim_key(&self) -> SecretKey {
        SecretKey::new(*self.keys.claims.bytes())
    }

    async fn digest_key(&self, organization: Option<OrganizationId>) -> Result<SecretKey, Refusal> {
        self.with_keys(move |keys| keys.digests_of(organization)).await
    }

    async fn seal(&self, person: Uuid, text: &str) -> Result<Sealed<String>, Refusal> {
        let text = text.to_owned();
        self.with_keys(move |keys| keys.seal(person, &text)).await
    }

    async fn open(&self, sealed: &Sealed<String>) -> Result<Option<String>, Refusal> {
        let sealed = sealed.clone();
        // A field that does not open is shown as erased, and said loudly here.
        self.with_keys(move |keys| match keys.open_sealed(&sealed) {
            Err(error @ PersonError::Foreign) => {
                tracing::error!(%error, person = %sealed.person, "a personal field cannot be opened");
                Ok(None)
            }
            other => other,
        })
        .await
    }

    fn secret_digest(&self, secret: &str) -> SecretDigest {
        let mut hasher = blake3::Hasher::new_keyed(self.keys.secrets.bytes());
        hasher.update(SECRET_DOMAIN).update(secret.as_bytes());
        SecretDigest(hasher.finalize().into())
    }
}

fn unavailable(error: impl std::fmt::Display) -> Refusal {
    tracing::error!(%error, "the key store failed");
    Refusal {
        retry_after: Some(Duration::from_secs(5)),
        ..Refusal::new(Code::Unavailable, "the key store cannot be used at present and nothing was written; try again")
    }
}
