//! How a witness stands with this log.

use serde::Serialize;

/// How a witness stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// What the witness is called.
    pub witness: String,
    /// Size of the last checkpoint that it is known to have cosigned.
    pub cosigned: u64,
    /// What is wrong with it; null if nothing is.
    pub trouble: Option<Trouble>,
}

/// What is wrong with a witness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// Of which kind.
    pub kind: TroubleKind,
    /// In a sentence.
    pub why: String,
}

/// Kinds of trouble with a witness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TroubleKind {
    /// It cannot be reached.
    Down,
    /// It does not answer in time.
    Slow,
    /// It answers with something that is not a cosignature of its key on the checkpoint.
    Lies,
    /// It does not take this log's checkpoints.
    Refuses,
    /// It has seen another tree of this log, or a larger one.
    Disagrees,
    /// What it says cannot be kept at present.
    Unkept,
}

impl TroubleKind {
    /// As metrics name it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Slow => "slow",
            Self::Lies => "lies",
            Self::Refuses => "refuses",
            Self::Disagrees => "disagrees",
            Self::Unkept => "unkept",
        }
    }
}

impl Standing {
    /// Of a witness that has not been asked yet.
    pub(super) fn new(witness: &str) -> Self {
        Self { witness: witness.to_owned(), cosigned: 0, trouble: None }
    }
}

impl Trouble {
    pub(super) fn new(kind: TroubleKind, why: impl Into<String>) -> Self {
        Self { kind, why: why.into() }
    }
}
