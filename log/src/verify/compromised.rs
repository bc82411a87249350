//! Keys that count no more: declared compromised, up to a size that witnesses saw before.
//!
//! Whoever holds such a key can sign any log, of any size. So its signature counts on a
//! checkpoint of at most so many entries, and alone not even there: the last checkpoint
//! must be shown by something else, which is a quorum of witnesses or another key. Where
//! the key was replaced beyond that size, the signature that the change of keys asks of it
//! proves nothing; a key from outside must then have signed the last checkpoint.

use std::str::FromStr;

use super::Options;
use crate::checkpoint::{KeyError, SignedCheckpoint, VerifierKey};
use crate::encoding::MAX_INTEGER;
use crate::policy::{Met, Trust, Unmet};

/// A key that somebody else may hold; written `VKEY@SIZE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compromised {
    /// The key.
    pub key: VerifierKey,
    /// The largest size up to which its signatures count: one that witnesses saw while
    /// nobody else held the key.
    pub cut_off: u64,
}

impl FromStr for Compromised {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let form = KeyError("a compromised key is VKEY@SIZE, the size being the last that witnesses saw before");
        let (key, size) = text.rsplit_once('@').ok_or(form)?;
        let cut_off = crate::checkpoint::decimal(size).filter(|size| *size <= MAX_INTEGER).ok_or(form)?;
        Ok(Self { key: key.parse()?, cut_off })
    }
}

impl Options {
    /// Whether a signature of this key counts on a checkpoint of this size.
    #[must_use]
    pub fn counts(&self, key: &VerifierKey, size: u64) -> bool {
        self.compromised.iter().all(|lost| lost.key != *key || size <= lost.cut_off)
    }

    /// Whether nobody was told that this key is compromised.
    pub(super) fn is_sound(&self, key: &VerifierKey) -> bool {
        self.compromised.iter().all(|lost| lost.key != *key)
    }

    /// Keys from outside: the given ones, and those of the policy's logs.
    pub fn outside(&self) -> impl Iterator<Item = &VerifierKey> {
        let of_policy = self.policy.iter().flat_map(|policy| policy.logs()).map(|log| &log.key);
        self.keys.iter().chain(of_policy)
    }

    /// Judges the last checkpoint, or one that stands alone, by the policy and by what is
    /// known of compromised keys. `signers` are the keys that signed it and
    /// [count](Self::counts).
    pub fn judge(&self, last: &SignedCheckpoint, signers: &[&VerifierKey]) -> Result<Option<Met>, Unmet> {
        let met = match &self.policy {
            None => None,
            Some(policy) => {
                let size = last.checkpoint().size;
                let lost = self.compromised.iter().map(|lost| &lost.key).filter(|key| !self.counts(key, size));
                let except: Vec<VerifierKey> = lost.cloned().collect();
                let held = self.held().filter(|held| held.checkpoint() == last.checkpoint());
                let all = last.clone().with(held.flat_map(|held| held.lines().iter().cloned()));
                Some(policy.judge(&all, Trust { also: &self.keys, except: &except })?)
            }
        };
        let by_sound_key = self.compromised.is_empty() || signers.iter().any(|key| self.is_sound(key));
        let by_witnesses = self.policy.as_ref().is_some_and(crate::policy::Policy::needs_witnesses);
        if by_sound_key || by_witnesses { Ok(met) } else { Err(Unmet::Compromised) }
    }
}
