//! What nodes and the workloads on them are trusted by.

use gpuaas_domain::id::{InstanceId, TypedId as _};

use super::{KeyStore, KeyStoreError, file};

/// File of the CA's certificate.
const CERTIFICATE: &str = "node-ca.pem";
/// Context of the tokens of workloads.
const APP_TOKEN_DOMAIN: &[u8] = b"app token\0";

impl KeyStore {
    /// Seed of the key that signs the certificates of nodes and of their gateway.
    #[must_use]
    pub fn node_ca_seed(&self) -> &[u8; 32] {
        self.node_ca.bytes()
    }

    /// The certificate of that key, PEM; made if it is not there. Nodes know it by its
    /// fingerprint, so all servers have to show the same.
    pub fn node_ca_certificate(&self, make: impl FnOnce() -> String) -> Result<String, KeyStoreError> {
        file::read_or_keep(&self.directory.join(CERTIFICATE), make)
    }

    /// The token by which a workload knows its users. It follows from the key and the
    /// workload's id, so it is kept nowhere.
    #[must_use]
    pub fn app_token(&self, instance: InstanceId) -> String {
        let mut hasher = blake3::Hasher::new_keyed(self.app_tokens.bytes());
        hasher.update(APP_TOKEN_DOMAIN).update(instance.uuid().as_bytes());
        hasher.finalize().to_hex().to_string()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn each_workload_has_a_token_of_its_own_that_stays() {
        let directory = tempfile::tempdir().unwrap();
        let store = KeyStore::open(&directory.path().join("keys")).unwrap();
        let [one, other] = [1, 2].map(|number| InstanceId::from_uuid(Uuid::from_u128(number)));
        assert_eq!(store.app_token(one), store.app_token(one));
        assert_ne!(store.app_token(one), store.app_token(other));
        let reopened = KeyStore::open(&directory.path().join("keys")).unwrap();
        assert_eq!(reopened.app_token(one), store.app_token(one));
    }

    #[test]
    fn the_certificate_is_made_once() {
        let directory = tempfile::tempdir().unwrap();
        let store = KeyStore::open(&directory.path().join("keys")).unwrap();
        assert_eq!(store.node_ca_certificate(|| "first".into()).unwrap(), "first");
        assert_eq!(store.node_ca_certificate(|| "second".into()).unwrap(), "first");
    }
}
