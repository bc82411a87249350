//! A bundle of evidence: what shows that a release, a flow or a control of a product holds.
//!
//! | state | command | events | next |
//! |---|---|---|---|
//! | Absent | Create | `evidence_bundle.created` | Open |
//! | Open | RecordItem | `evidence_bundle.item_recorded` | Open |
//! | Open | RecordInvariant | `evidence_bundle.invariant_recorded` | Open |
//! | Open | Close | `evidence_bundle.closed` | Closed |
//! | Closed | Close | none | Closed |
//!
//! A bundle is its own stream and the entries that its items name. Neither can be edited later,
//! and each has a receipt; a closed bundle takes nothing more, so its stream can be shown whole.

mod event;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Rejected};
use crate::code::Code;
use crate::id::{EvidenceBundleId, EvidenceItemId};
use crate::label::Label;
use crate::text::{self, TextError};

pub use event::{Closed, Created, Event, EvidenceResult, Invariant, Item, RetentionClass};

/// Longest summary, in characters.
pub const MAX_SUMMARY: usize = 200;
/// Most items of a bundle.
pub const MAX_ITEMS: usize = 500;
/// Most invariants of a bundle.
pub const MAX_INVARIANTS: usize = 500;
/// Most entries that an item names.
pub const MAX_ENTRIES: usize = 100;
/// Most details of an item.
pub const MAX_DETAILS: usize = 32;

/// What can be asked of an evidence bundle.
#[derive(Debug, Clone)]
pub enum Command {
    /// Open it.
    Create(Created),
    /// Add a proof.
    RecordItem {
        /// The proof.
        item: Item,
        /// Position of the log's last entry: an item names none beyond it.
        head: u64,
    },
    /// Add what items say of an invariant, in place of what was said before.
    RecordInvariant(Invariant),
    /// Take nothing more.
    Close,
}

/// Why an evidence bundle refuses.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It is there already.
    #[error("this evidence bundle exists already")]
    Exists,
    /// It is not there.
    #[error("there is no such evidence bundle")]
    Absent,
    /// It is closed.
    #[error("this evidence bundle is closed; open another one")]
    Closed,
    /// It has no room.
    #[error("an evidence bundle has at most {most} {what}; open another one")]
    Full {
        /// Of what.
        what: &'static str,
        /// How many.
        most: usize,
    },
    /// An item names too much.
    #[error("an item has at most {most} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        most: usize,
    },
    /// Positions that are no list of entries.
    #[error("entries are positions of the log, ascending, each once, from 1 to {head}")]
    Entries {
        /// Position of the log's last entry.
        head: u64,
    },
    /// An invariant names an item that is not of this bundle, or names none or one twice.
    #[error("items are ids of items of this bundle, at least one, each once")]
    Items,
    /// The summary is not acceptable.
    #[error("{0}")]
    Text(#[from] TextError),
}

impl Rejected for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::Exists => Code::AlreadyExists,
            Self::Absent => Code::NotFound,
            Self::Closed => Code::EvidenceBundleClosed,
            Self::Full { .. } => Code::EvidenceBundleFull,
            Self::TooMany { .. } | Self::Entries { .. } | Self::Items | Self::Text(_) => Code::InvalidField,
        }
    }
}

/// What an evidence bundle has in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contents {
    /// What it is about.
    pub created: Created,
    /// Its items, in order.
    pub items: Vec<Item>,
    /// What is said of each invariant.
    pub invariants: BTreeMap<Label<64>, Invariant>,
}

/// The state of an evidence bundle.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum EvidenceBundle {
    /// No entry yet.
    #[default]
    Absent,
    /// It takes evidence.
    Open(Contents),
    /// It takes no more.
    Closed(Contents),
}

impl EvidenceBundle {
    /// What is in it; `None` if it is absent.
    #[must_use]
    pub fn contents(&self) -> Option<&Contents> {
        match self {
            Self::Absent => None,
            Self::Open(contents) | Self::Closed(contents) => Some(contents),
        }
    }

    fn open(&self) -> Result<&Contents, Rejection> {
        match self {
            Self::Absent => Err(Rejection::Absent),
            Self::Open(contents) => Ok(contents),
            Self::Closed(_) => Err(Rejection::Closed),
        }
    }
}

impl Contents {
    fn check_item(&self, item: &Item, head: u64) -> Result<(), Rejection> {
        if self.items.len() >= MAX_ITEMS {
            return Err(Rejection::Full { what: "items", most: MAX_ITEMS });
        }
        if item.details.len() > MAX_DETAILS {
            return Err(Rejection::TooMany { what: "details", most: MAX_DETAILS });
        }
        if item.entries.len() > MAX_ENTRIES {
            return Err(Rejection::TooMany { what: "entries", most: MAX_ENTRIES });
        }
        let ascending = item.entries.windows(2).all(|pair| pair[0] < pair[1]);
        let known = item.entries.iter().all(|position| (1..=head).contains(position));
        if ascending && known { Ok(()) } else { Err(Rejection::Entries { head }) }
    }

    fn check_invariant(&self, invariant: &Invariant) -> Result<(), Rejection> {
        if self.invariants.len() >= MAX_INVARIANTS && !self.invariants.contains_key(&invariant.invariant) {
            return Err(Rejection::Full { what: "invariants", most: MAX_INVARIANTS });
        }
        let has = |id: &EvidenceItemId| self.items.iter().any(|item| item.id == *id);
        let mut once = invariant.items.clone();
        once.sort_unstable();
        once.dedup();
        let is_list = !once.is_empty() && once.len() == invariant.items.len();
        if is_list && once.iter().all(has) { Ok(()) } else { Err(Rejection::Items) }
    }
}

impl Aggregate for EvidenceBundle {
    const KIND: &'static str = "evidence_bundle";
    type Id = EvidenceBundleId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match (self, command) {
            (Self::Absent, Command::Create(created)) => {
                text::line("change_summary", &created.change_summary, MAX_SUMMARY)?;
                Ok(vec![created.into()])
            }
            (Self::Open(_) | Self::Closed(_), Command::Create(_)) => Err(Rejection::Exists),
            (Self::Closed(_), Command::Close) => Ok(vec![]),
            (state, Command::RecordItem { item, head }) => {
                state.open()?.check_item(&item, head)?;
                Ok(vec![item.into()])
            }
            (state, Command::RecordInvariant(invariant)) => {
                let contents = state.open()?;
                contents.check_invariant(&invariant)?;
                let is_said = contents.invariants.get(&invariant.invariant) == Some(&invariant);
                Ok(if is_said { vec![] } else { vec![invariant.into()] })
            }
            (state @ (Self::Absent | Self::Open(_)), Command::Close) => {
                state.open()?;
                Ok(vec![Closed {}.into()])
            }
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::Created(created)) => {
                Self::Open(Contents { created: created.clone(), items: Vec::new(), invariants: BTreeMap::new() })
            }
            (Self::Open(mut contents), Event::ItemRecorded(item)) => {
                contents.items.push(item.clone());
                Self::Open(contents)
            }
            (Self::Open(mut contents), Event::InvariantRecorded(invariant)) => {
                contents.invariants.insert(invariant.invariant.clone(), invariant.clone());
                Self::Open(contents)
            }
            (Self::Open(contents), Event::Closed(Closed {})) => Self::Closed(contents),
            (
                state @ (Self::Absent | Self::Closed(_)),
                Event::ItemRecorded(_) | Event::InvariantRecorded(_) | Event::Closed(_),
            ) => state,
        }
    }
}
