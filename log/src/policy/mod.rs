//! What an auditor demands of a checkpoint: C2SP `tlog-policy`. It is signed by a log that
//! the policy names, and cosigned by enough of its witnesses.
//!
//! A file is lines: `log VKEY [URL]`, `witness NAME VKEY [URL]`, `group NAME all|any|K
//! NAME …` and one `quorum NAME|none`; a name is defined above where it is used.
//!
//! What this is not for: whether the log's entries are good ([`crate::verify`]), and
//! asking witnesses.

mod judge;
mod read;
mod verdict;

use std::str::FromStr;

use crate::checkpoint::VerifierKey;
use crate::cosignature::WitnessKey;

pub use judge::Trust;
pub use read::{MAX_BYTES, PolicyError};
pub use verdict::{Met, Seen, Unmet};

/// A log whose checkpoints are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownLog {
    /// Its key, under its origin's name.
    pub key: VerifierKey,
    /// Where it is, if the policy says so.
    pub url: Option<String>,
}

/// A witness that may count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// What this policy calls it.
    pub name: String,
    /// Its key.
    pub key: WitnessKey,
    /// Where it is, if the policy says so.
    pub url: Option<String>,
}

/// Of so many members so many have to have seen a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Group {
    name: String,
    needed: usize,
    members: Vec<Member>,
}

/// What a name stands for: a place in a list of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Member {
    Witness(usize),
    Group(usize),
}

/// What is demanded of a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<KnownLog>,
    witnesses: Vec<Witness>,
    groups: Vec<Group>,
    /// `None`: no witness is needed.
    quorum: Option<Member>,
}

impl Policy {
    /// Reads the bytes of a file.
    pub fn parse(bytes: &[u8]) -> Result<Self, PolicyError> {
        read::read(bytes)
    }

    /// The logs that it names.
    #[must_use]
    pub fn logs(&self) -> &[KnownLog] {
        &self.logs
    }

    /// The witnesses that it names.
    #[must_use]
    pub fn witnesses(&self) -> &[Witness] {
        &self.witnesses
    }

    /// Whether any witness is needed.
    #[must_use]
    pub fn needs_witnesses(&self) -> bool {
        self.quorum.is_some()
    }

    /// The quorum in words: `2 of (a, b, c)`.
    #[must_use]
    pub fn quorum(&self) -> String {
        self.quorum.map_or_else(|| "none".to_owned(), |member| self.words(member))
    }

    fn words(&self, member: Member) -> String {
        match member {
            Member::Witness(place) => self.witnesses[place].name.clone(),
            Member::Group(place) => {
                let Group { needed, members, .. } = &self.groups[place];
                let members: Vec<String> = members.iter().map(|member| self.words(*member)).collect();
                format!("{needed} of ({})", members.join(", "))
            }
        }
    }
}

impl FromStr for Policy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        Self::parse(text.as_bytes())
    }
}

#[cfg(test)]
mod tests;
