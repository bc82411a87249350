//! Keys that sign what is sent to webhooks: 32 bytes each, which are the secret of an HMAC
//! or the seed of an Ed25519 key. A key stays after its webhook is gone.

use std::path::PathBuf;

use data_encoding::BASE64;
use ed25519_dalek::SigningKey;
use gpuaas_domain::fixed::PublicKey;
use gpuaas_domain::id::{TypedId as _, WebhookKeyId};
use gpuaas_domain::webhook::Algorithm;

use super::{Key, KeyStore, KeyStoreError, file};

impl KeyStore {
    /// The key with this id; made if it is not there.
    pub fn make_webhook_key(&self, id: WebhookKeyId) -> Result<Key, KeyStoreError> {
        file::read_or_make(&self.webhook(id))
    }

    /// The key with this id, if it is there.
    pub fn webhook_key(&self, id: WebhookKeyId) -> Result<Option<Key>, KeyStoreError> {
        file::read(&self.webhook(id))
    }

    fn webhook(&self, id: WebhookKeyId) -> PathBuf {
        self.directory.join("webhook").join(id.uuid().simple().to_string())
    }
}

/// A key as Standard Webhooks writes it: `whsec_` for a shared secret, `whsk_` for one that
/// only the platform has.
pub(super) fn secret_text(key: &Key, algorithm: Algorithm) -> String {
    let prefix = match algorithm {
        Algorithm::HmacSha256 => "whsec_",
        Algorithm::Ed25519 => "whsk_",
    };
    prefix.to_owned() + &BASE64.encode(key.bytes())
}

/// The public half of a key, if it has one.
pub(super) fn public_half(key: &Key, algorithm: Algorithm) -> Option<PublicKey> {
    match algorithm {
        Algorithm::HmacSha256 => None,
        Algorithm::Ed25519 => Some(PublicKey(SigningKey::from_bytes(key.bytes()).verifying_key().to_bytes())),
    }
}
