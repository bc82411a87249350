//! Keys that sign, wherever they are: in memory, or with somebody who is asked.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Checkpoint, SignedCheckpoint, Signer, VerifierKey};

/// Why a key did not sign, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SigningError(pub String);

/// A key that signs.
#[async_trait]
pub trait Signs: Send + Sync {
    /// The public half.
    fn verifier(&self) -> &VerifierKey;

    /// Signs a text.
    async fn sign(&self, text: &str) -> Result<[u8; 64], SigningError>;
}

/// The keys that are to be had here. Others may come while a process runs.
#[async_trait]
pub trait KeyRing: Send + Sync + 'static {
    /// All of them; of those that may sign, the first does.
    async fn keys(&self) -> Result<Vec<Arc<dyn Signs>>, SigningError>;
}

#[async_trait]
impl Signs for Signer {
    fn verifier(&self) -> &VerifierKey {
        Signer::verifier(self)
    }

    async fn sign(&self, text: &str) -> Result<[u8; 64], SigningError> {
        Ok(Signer::sign(self, text))
    }
}

#[async_trait]
impl KeyRing for Vec<Signer> {
    async fn keys(&self) -> Result<Vec<Arc<dyn Signs>>, SigningError> {
        Ok(self.iter().map(|signer| Arc::new(signer.clone()) as Arc<dyn Signs>).collect())
    }
}

/// Has a key sign a text. A signature that is not its own is an error: nobody would take it.
pub async fn signature_of(key: &dyn Signs, text: &str) -> Result<[u8; 64], SigningError> {
    let signature = key.sign(text).await?;
    if key.verifier().verify(text, &signature) {
        return Ok(signature);
    }
    Err(SigningError(format!(
        "the signature that was made for {} is not one of that key: check which key is signed with",
        key.verifier()
    )))
}

impl SignedCheckpoint {
    /// Has each key sign, in that order.
    pub async fn signed_by(checkpoint: Checkpoint, keys: &[Arc<dyn Signs>]) -> Result<Self, SigningError> {
        let text = checkpoint.to_text();
        let mut lines = Vec::with_capacity(keys.len());
        for key in keys {
            lines.push(key.verifier().line(&signature_of(&**key, &text).await?));
        }
        Ok(Self::of(checkpoint, lines))
    }
}
