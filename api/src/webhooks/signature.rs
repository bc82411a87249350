//! Signatures as Standard Webhooks has them: over `id.timestamp.body`.

use data_encoding::BASE64;
use ed25519_dalek::{Signer as _, SigningKey};
use gpuaas_domain::id::{TypedId, WebhookId};
use gpuaas_domain::webhook::Algorithm;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// The id of what is sent: the same for every attempt at an event, and in a replay.
pub(super) fn message_id(webhook: WebhookId, sequence: u64) -> String {
    let printed = webhook.to_string();
    let digits = printed.strip_prefix(WebhookId::PREFIX).unwrap_or(&printed);
    format!("msg{digits}_{sequence}")
}

/// The signature of a body under a key, as one word of the header `webhook-signature`.
pub(super) fn sign(algorithm: Algorithm, key: &[u8; 32], id: &str, seconds: u64, body: &str) -> String {
    let content = format!("{id}.{seconds}.{body}");
    match algorithm {
        Algorithm::HmacSha256 => {
            let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("an HMAC takes a key of any length");
            mac.update(content.as_bytes());
            format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()))
        }
        Algorithm::Ed25519 => {
            let signature = SigningKey::from_bytes(key).sign(content.as_bytes());
            format!("v1a,{}", BASE64.encode(&signature.to_bytes()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_no_dot_and_names_webhook_and_event() {
        let webhook = WebhookId::from_uuid(uuid::Uuid::from_u128(7));
        assert_eq!(message_id(webhook, 12), "msg_00000000000000000000000007_12");
    }

    /// Made with `openssl dgst -sha256 -mac HMAC -macopt hexkey:…`.
    #[test]
    fn a_shared_secret_signs_as_openssl_does() {
        let signature = sign(Algorithm::HmacSha256, &[7; 32], "msg_1", 1_700_000_000, "{\"a\":1}");
        assert_eq!(signature, "v1,LInk7lWC3DLGgRP3k/Xpm933fgj/SEGrik4mpkLgnKE=");
    }
}
