//! Digests of the format: what is hashed, under which context, and how.

use std::fmt;
use std::sync::LazyLock;

use blake3::hazmat::{ContextKey, HasherExt as _, hash_derive_key_context};
use uuid::Uuid;

/// Context of the hash of an entry (format, section 2), hashed once.
static ENTRY_CONTEXT: LazyLock<ContextKey> = LazyLock::new(|| hash_derive_key_context("gpuaas 2026-11 log entry v1"));
/// Context of the digest of a detached body (format, section 2), hashed once.
static DETACHED_CONTEXT: LazyLock<ContextKey> =
    LazyLock::new(|| hash_derive_key_context("gpuaas 2026-11 detached payload v1"));

/// A 32-byte hash. Prints as lowercase hex.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The hash before a chain's first entry.
    pub const ZERO: Self = Self([0; 32]);

    /// BLAKE3 `derive_key` of an entry's bytes: the value that the next entry chains to.
    #[must_use]
    pub fn of_entry(bytes: &[u8]) -> Self {
        derive(&ENTRY_CONTEXT, bytes)
    }

    /// BLAKE3 `derive_key` of a detached body: 16 random bytes, then the payload.
    #[must_use]
    pub fn of_detached(body: &[u8]) -> Self {
        derive(&DETACHED_CONTEXT, body)
    }

    /// Plain BLAKE3 of a blob (a JSON Schema, a manifest).
    #[must_use]
    pub fn of_blob(bytes: &[u8]) -> Self {
        Self(blake3::hash(bytes).into())
    }

    /// Reads 32 bytes.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

/// BLAKE3 `derive_key`, from its second step on.
fn derive(context: &ContextKey, bytes: &[u8]) -> Hash {
    Hash(blake3::Hasher::new_from_context_key(context).update(bytes).finalize().into())
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl serde::Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { serializer.serialize_bytes(&self.0) }
    }
}

impl<'de> serde::Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            let bytes = hex::decode(&text).map_err(D::Error::custom)?;
            Self::from_slice(&bytes)
        } else {
            let bytes = serde_bytes::ByteBuf::deserialize(deserializer)?;
            Self::from_slice(&bytes)
        }
        .ok_or_else(|| D::Error::custom("a hash has 32 bytes"))
    }
}

/// A secret under which names, idempotency keys and requests are hashed, so that
/// the log shows equality and nothing else. Forgetting the key forgets the names.
#[derive(Clone)]
pub struct SecretKey([u8; 32]);

impl SecretKey {
    /// Takes 32 secret bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Hash of an idempotency key (format, section 2, "Hashes under a secret").
    /// `route` is the method and the route's template.
    #[must_use]
    pub fn idempotency(&self, actor_kind: &str, actor: Uuid, route: &str, key: &str) -> Hash {
        let mut hasher = self.hasher(b"idempotency\0");
        hasher.update(actor_kind.as_bytes()).update(b"\0").update(actor.as_bytes());
        with_length(&mut hasher, route).update(key.as_bytes());
        Hash(hasher.finalize().into())
    }

    /// Digest of a request, given its RFC 8785 JSON `{"body":…,"path":{…},"query":{…}}`.
    #[must_use]
    pub fn request(&self, canonical_json: &str) -> Hash {
        let mut hasher = self.hasher(b"request\0");
        hasher.update(canonical_json.as_bytes());
        Hash(hasher.finalize().into())
    }

    /// Hash of a claimed name. `namespace` is the organization within which the
    /// name is unique, or `None` if it is unique in the whole log.
    #[must_use]
    pub fn claim(&self, namespace: Option<Uuid>, scope: &str, name: &str) -> Hash {
        let mut hasher = self.hasher(b"claim\0");
        hasher.update(namespace.unwrap_or_default().as_bytes());
        with_length(&mut hasher, scope).update(name.as_bytes());
        Hash(hasher.finalize().into())
    }

    fn hasher(&self, domain: &[u8]) -> blake3::Hasher {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(domain);
        hasher
    }
}

fn with_length<'h>(hasher: &'h mut blake3::Hasher, text: &str) -> &'h mut blake3::Hasher {
    let length = u16::try_from(text.len()).expect("routes and scopes are compiled in and short");
    hasher.update(&length.to_be_bytes()).update(text.as_bytes())
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}
