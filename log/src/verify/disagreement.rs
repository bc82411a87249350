//! In what a log that is consistent in itself differs from what was given from outside: told
//! apart from a log that is not good, since often what was given is merely old.

use std::fmt;

use super::{Options, VerifyError};
use crate::checkpoint::VerifierKey;
use crate::fault::Fault;
use crate::state::KeyList;

/// What was given from outside and does not agree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Disagreement {
    /// None of the given keys signed the last checkpoint.
    #[error("the last checkpoint is signed by none of the given keys{}{}", By(signers), Since(*since))]
    Keys {
        /// Known keys that did.
        signers: Vec<VerifierKey>,
        /// The entry that put another key in the place of a given one, if one did.
        since: Option<u64>,
    },
    /// The given checkpoint is not signed as it has to be.
    #[error("the given checkpoint, of {size} entries, is signed by no key in force at its size")]
    Unsigned {
        /// How many entries it covers.
        size: u64,
    },
    /// The given checkpoint covers more entries than there are.
    #[error(
        "the given checkpoint covers {held} entries, and there are {entries}: this is from before it, or was cut off; \
         take a newer one"
    )]
    Shorter {
        /// How many the checkpoint covers.
        held: u64,
        /// How many there are.
        entries: u64,
    },
}

impl Disagreement {
    /// That none of these keys signed the last checkpoint, but maybe others did.
    pub(crate) fn of_keys(given: &[VerifierKey], signers: &[&VerifierKey], lists: &[KeyList]) -> Self {
        let last = lists.iter().rposition(|list| list.keys.iter().any(|key| given.contains(key)));
        let since = last.and_then(|place| lists.get(place + 1)).map(|list| list.since);
        Self::Keys { signers: signers.iter().map(|key| (*key).clone()).collect(), since }
    }
}

impl Options {
    /// That none of the given keys signed the last checkpoint, which is of this size.
    pub(super) fn unvouched(
        &self,
        fault: Fault,
        size: u64,
        signers: &[&VerifierKey],
        lists: &[KeyList],
    ) -> VerifyError {
        // One that was declared compromised may have signed it, and does not count.
        if self.keys.iter().all(|key| self.counts(key, size)) {
            VerifyError::Outside { fault, why: Disagreement::of_keys(&self.keys, signers, lists) }
        } else {
            fault.into()
        }
    }
}

/// Who signed instead.
struct By<'k>(&'k [VerifierKey]);

impl fmt::Display for By<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(place, key)| {
            let before = if place == 0 { ", but by" } else { " and" };
            write!(f, "{before} {key}")
        })
    }
}

/// That a given key was replaced.
struct Since(Option<u64>);

impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(since) => {
                write!(f, "; the log has named another key since entry {since}: take the one that is in force")
            }
            None => Ok(()),
        }
    }
}
