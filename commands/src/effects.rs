//! What the write side needs from the world, declared here and wired by `api`.

use async_trait::async_trait;
use gpuaas_domain::id::{OrganizationId, WebhookKeyId};
use gpuaas_domain::service_account::SecretDigest;
use gpuaas_domain::webhook;
use gpuaas_domain::{Sealed, Timestamp};
use gpuaas_log::hash::{Hash, SecretKey};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::refusal::Refusal;

/// Time, randomness and the key store.
#[async_trait]
pub trait Effects: Send + Sync + 'static {
    /// The time, by this process's clock.
    fn now(&self) -> Timestamp;

    /// Fills with random bytes fit for keys.
    fn random(&self, bytes: &mut [u8]);

    /// The key under which unique names are hashed.
    fn claim_key(&self) -> SecretKey;

    /// The key under which an organization's idempotency keys and requests are hashed, or
    /// the platform's. It is made, and durable, before it is first answered.
    async fn digest_key(&self, organization: Option<OrganizationId>) -> Result<SecretKey, Refusal>;

    /// Encrypts a personal field under the person's key, which is made, and durable,
    /// before this answers.
    async fn seal(&self, person: Uuid, text: &str) -> Result<Sealed<String>, Refusal>;

    /// Decrypts a personal field; `None` if the person was erased.
    async fn open(&self, sealed: &Sealed<String>) -> Result<Option<String>, Refusal>;

    /// The keyed digest of a secret that the platform made.
    fn secret_digest(&self, secret: &str) -> SecretDigest;

    /// The key by which what is sent to a webhook is signed. It is made, and durable, before
    /// this answers; the same id gives the same key.
    async fn webhook_key(&self, id: WebhookKeyId, algorithm: webhook::Algorithm) -> Result<WebhookKey, Refusal>;

    /// The URL of a webhook as it is kept, if webhooks may be sent there.
    async fn webhook_url(&self, url: &str) -> Result<String, Refusal>;
}

/// A key that signs what is sent to a webhook.
pub struct WebhookKey {
    /// What the log has of it.
    pub key: webhook::Key,
    /// What its receiver has to be told, once; `None` where the public half is enough.
    pub secret: Option<String>,
}

/// An answer that left no event and is kept for its idempotency key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum KeptAnswer {
    /// The command was refused.
    Refused(Refusal),
    /// The command was accepted and changed nothing: its resource and version then.
    Unchanged {
        /// The resource.
        id: Uuid,
        /// Its version.
        version: u64,
    },
}

/// Kept answers. Not authority: losing them lets a refused request be decided again.
#[async_trait]
pub trait Answers: Send + Sync + 'static {
    /// The answer for an idempotency hash, with the digest of its request.
    async fn get(&self, idempotency: Hash) -> Result<Option<(Hash, KeptAnswer)>, Refusal>;

    /// Keeps an answer, unless there is one.
    async fn put(&self, idempotency: Hash, request: Hash, answer: KeptAnswer) -> Result<(), Refusal>;
}
