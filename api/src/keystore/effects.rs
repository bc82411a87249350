//! Time, randomness and keys for the write side.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use gpuaas_commands::{Effects, Refusal, WebhookKey};
use gpuaas_domain::id::{InstanceId, OrganizationId, WebhookKeyId};
use gpuaas_domain::node_protocol::credential::Credential;
use gpuaas_domain::service_account::SecretDigest;
use gpuaas_domain::webhook::{self, Algorithm};
use gpuaas_domain::{Code, Sealed, Timestamp};
use gpuaas_log::hash::SecretKey;
use rand::TryRngCore as _;
use uuid::Uuid;

use super::{Key, KeyStore, PersonError, webhooks};
use crate::outgoing::Destinations;

/// Context of the keyed digest of a service account's secret.
const SECRET_DOMAIN: &[u8] = b"service account secret\0";

/// What the write side needs of the world, on a key store.
#[derive(Debug, Clone)]
pub struct World {
    keys: Arc<KeyStore>,
    destinations: Arc<Destinations>,
}

impl World {
    /// The world with these keys, in which webhooks may be sent to these places.
    #[must_use]
    pub fn new(keys: Arc<KeyStore>, destinations: Destinations) -> Self {
        Self { keys, destinations: Arc::new(destinations) }
    }

    /// Where webhooks may be sent.
    pub(crate) fn destinations(&self) -> &Destinations {
        &self.destinations
    }

    /// The key that signs what is sent to a webhook, if the key store has it.
    pub(crate) async fn signing_key(&self, id: WebhookKeyId) -> Result<Option<Key>, Refusal> {
        self.with_keys(move |keys| keys.webhook_key(id)).await
    }

    /// The token by which a workload knows its users.
    #[must_use]
    pub fn app_token(&self, instance: InstanceId) -> String {
        self.keys.app_token(instance)
    }

    /// Destroys a person's key, for good.
    pub async fn erase(&self, person: Uuid) -> Result<(), Refusal> {
        self.with_keys(move |keys| keys.erase(person)).await
    }

    /// Up to where in this log the keys of erased persons are destroyed here.
    pub async fn erased_through(&self, log: Uuid) -> Result<u64, Refusal> {
        self.with_keys(move |keys| keys.erased_through(log)).await
    }

    /// Says up to where in this log they are.
    pub async fn set_erased_through(&self, log: Uuid, position: u64) -> Result<(), Refusal> {
        self.with_keys(move |keys| keys.set_erased_through(log, position)).await
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
        // What a dry run would have sealed.
        if sealed.ciphertext.is_empty() {
            return Ok(None);
        }
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

    async fn webhook_key(&self, id: WebhookKeyId, algorithm: Algorithm) -> Result<WebhookKey, Refusal> {
        let key = self.with_keys(move |keys| keys.make_webhook_key(id)).await?;
        let secret = webhooks::secret_text(&key, algorithm);
        let (digest, public_key) = (self.secret_digest(&secret), webhooks::public_half(&key, algorithm));
        let secret = public_key.is_none().then_some(secret);
        Ok(WebhookKey { key: webhook::Key { id, algorithm, digest, public_key }, secret })
    }

    async fn webhook_url(&self, url: &str) -> Result<String, Refusal> {
        let checked = self.destinations.check(url).await;
        checked
            .map(Into::into)
            .map_err(|message| Refusal { code: Code::WebhookAddressRefused, ..Refusal::invalid_field("url", message) })
    }
}

fn unavailable(error: impl std::fmt::Display) -> Refusal {
    tracing::error!(%error, "the key store failed");
    Refusal {
        retry_after: Some(Duration::from_secs(5)),
        ..Refusal::new(Code::Unavailable, "the key store cannot be used at present and nothing was written; try again")
    }
}
