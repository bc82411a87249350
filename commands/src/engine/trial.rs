//! Dry runs: what a command would append, and which checks would refuse it. Nothing is
//! appended, no key is made, and no answer is kept.

use std::sync::Arc;

use async_trait::async_trait;
use gpuaas_domain::id::{OrganizationId, WebhookKeyId};
use gpuaas_domain::service_account::SecretDigest;
use gpuaas_domain::{Sealed, Timestamp, webhook};
use gpuaas_log::append::Append;
use gpuaas_log::hash::SecretKey;
use uuid::Uuid;

use super::Unit;
use super::unit::ClaimName;
use crate::effects::{Effects, WebhookKey};
use crate::refusal::{Refusal, of_read};

/// What a dry run came to.
#[derive(Debug, Clone)]
pub struct Trial {
    /// What would be appended; `None` if nothing would change.
    pub append: Option<Append>,
    /// The checks that would refuse it, beyond the rules that the command decides by.
    pub failed: Vec<Refusal>,
}

impl Unit<'_> {
    /// The claims of this attempt that cannot be taken, each as its refusal. At an append the
    /// log itself asks.
    pub(super) async fn taken_names(&self) -> Result<Vec<Refusal>, Refusal> {
        let mut taken = Vec::new();
        for ClaimName { hash, scope, field, name } in self.claim_names() {
            let holder = self.engine().log().claim_holder(scope.into(), hash).await.map_err(of_read)?;
            taken.extend(holder.map(|_| Refusal::name_taken(field, name.as_deref())));
        }
        Ok(taken)
    }
}

/// The world as a dry run sees it: nothing in it changes.
pub(super) struct TrialEffects(pub(super) Arc<dyn Effects>);

#[async_trait]
impl Effects for TrialEffects {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn random(&self, bytes: &mut [u8]) {
        self.0.random(bytes);
    }

    fn claim_key(&self) -> SecretKey {
        self.0.claim_key()
    }

    async fn digest_key(&self, _: Option<OrganizationId>) -> Result<SecretKey, Refusal> {
        Err(Refusal::internal("a dry run keeps no answer, so it needs no digest key"))
    }

    /// No key is made, so there is nothing to encrypt with: the field says whose it would be.
    async fn seal(&self, person: Uuid, _: &str) -> Result<Sealed<String>, Refusal> {
        Ok(Sealed::new(person, Vec::new()))
    }

    async fn open(&self, sealed: &Sealed<String>) -> Result<Option<String>, Refusal> {
        self.0.open(sealed).await
    }

    fn secret_digest(&self, secret: &str) -> SecretDigest {
        self.0.secret_digest(secret)
    }

    /// No key is made: the event says that there would be one.
    async fn webhook_key(&self, id: WebhookKeyId, algorithm: webhook::Algorithm) -> Result<WebhookKey, Refusal> {
        let key = webhook::Key { id, algorithm, digest: SecretDigest([0; 32]), public_key: None };
        Ok(WebhookKey { key, secret: None })
    }

    async fn webhook_url(&self, url: &str) -> Result<String, Refusal> {
        self.0.webhook_url(url).await
    }
}
