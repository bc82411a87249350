//! Whether a checkpoint is one that a log signed whose keys are known.

use super::{KnownKeys, SignedCheckpoint, VerifierKey};

/// Why a checkpoint is not taken for the log's own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// None of the keys signs under the checkpoint's origin.
    #[error("the checkpoint is of {origin}, and none of the given keys is of that log")]
    Origin {
        /// The checkpoint's origin.
        origin: String,
    },
    /// None of the log's keys signed it.
    #[error("the checkpoint is not signed by any of the given keys")]
    Key,
    /// A signature of a given key does not verify.
    #[error("a signature that claims to be of a given key does not verify: the checkpoint was changed")]
    Forged,
}

impl SignedCheckpoint {
    /// Those of the keys that signed this under its own origin: at least one. Whatever
    /// signed it under another name, such as a witness, is not the log.
    pub fn signed_by_log<'k>(
        &self,
        keys: impl IntoIterator<Item = &'k VerifierKey>,
    ) -> Result<Vec<&'k VerifierKey>, Distrust> {
        let origin = &self.checkpoint().origin;
        let mut own = keys.into_iter().filter(|key| key.name() == origin).peekable();
        if own.peek().is_none() {
            return Err(Distrust::Origin { origin: origin.clone() });
        }
        let signers = self.signers(&KnownKeys::of(own)).map_err(|_| Distrust::Forged)?;
        if signers.is_empty() { Err(Distrust::Key) } else { Ok(signers) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Checkpoint, Signer};
    use super::*;
    use crate::hash::Hash;

    #[test]
    fn only_the_logs_own_key_makes_a_checkpoint_the_logs() {
        let signer = |origin, seed| Signer::from_seed(origin, &[seed; 32]).expect("the name is good");
        let (own, later, witness) =
            (signer("example.org/log", 1), signer("example.org/log", 2), signer("w.example", 3));
        let checkpoint = Checkpoint { origin: "example.org/log".into(), size: 7, root: Hash([9; 32]) };
        let signed = SignedCheckpoint::sign(checkpoint, &[&own, &witness]);
        let by = |keys: &[&Signer]| {
            let keys: Vec<VerifierKey> = keys.iter().map(|signer| signer.verifier().clone()).collect();
            signed.signed_by_log(&keys).map(|signers| signers.len())
        };
        assert_eq!(by(&[&own, &later]), Ok(1));
        assert_eq!(by(&[&later]), Err(Distrust::Key));
        assert_eq!(by(&[&witness]), Err(Distrust::Origin { origin: "example.org/log".into() }));
        assert_eq!(by(&[]), Err(Distrust::Origin { origin: "example.org/log".into() }));
        let moved: SignedCheckpoint = signed.to_string().replace("\n7\n", "\n8\n").parse().expect("it is well formed");
        assert_eq!(moved.signed_by_log([own.verifier()]), Err(Distrust::Forged));
    }
}
