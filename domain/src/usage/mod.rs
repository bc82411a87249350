//! What an allocation used: for every period that is closed, the time its node attested,
//! which is charged, and the time that nobody attested, which is `unknown`, shown and not
//! charged.
//!
//! | state | command | events | next |
//! |---|---|---|---|
//! | Absent | Meter | `usage.metered`, or none if no active time is closed | Metered, or Absent |
//! | Metered | Meter | `usage.corrected` for each period of which more is attested now, then `usage.metered` for what is closed; or none | Metered |
//!
//! The stream has the allocation's id and its organization's owner. A period is closed
//! once. What is attested afterwards (a node was cut off for an hour) turns unknown time of
//! its period into attested time, by a correction that keeps the service period.
//!
//! Whether an attestation may be believed is decided where it is recorded; here it is only
//! intervals, whoever ran in them: time that two workloads of one allocation share is one
//! time.

mod decide;
mod event;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Rejected};
use crate::code::Code;
use crate::id::AllocationId;
use crate::interval::{Interval, IntervalSet};
use crate::time::Timestamp;

pub use decide::{Division, MAX_PIECES, divide};
pub use event::{Corrected, Event, Metered, Subject};

/// What can be asked of the usage of an allocation.
#[derive(Debug, Clone)]
pub enum Command {
    /// Close the time up to a moment, and correct what is closed already.
    Meter(Meter),
}

/// What is known when time is closed.
#[derive(Debug, Clone)]
pub struct Meter {
    /// Whose, of what, how much.
    pub subject: Subject,
    /// When the allocation was active.
    pub active: IntervalSet,
    /// When its node attested that something ran, whenever that was.
    pub attested: IntervalSet,
    /// Version of the allocation's attestations of which this holds.
    pub attestations: u64,
    /// Up to when time is closed. Not in the future.
    pub until: Timestamp,
}

/// Why usage refuses.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// The allocation was of another size, product or organization before.
    #[error("an allocation keeps its organization, project, SKU and units; make a new one")]
    AnotherSubject,
    /// Fewer attestations are known than before.
    #[error("this was computed from older attestations than the last period; read them again")]
    StaleAttestations,
}

impl Rejected for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::AnotherSubject => Code::InvalidField,
            Self::StaleAttestations => Code::Contention,
        }
    }
}

/// A closed period, some of which is unknown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Open {
    /// Version of the `usage.metered` in this stream.
    pub version: u64,
    /// The period.
    pub period: Interval,
    /// What is unknown of it.
    pub unknown: IntervalSet,
}

/// The state of the usage of an allocation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Usage {
    /// Nothing is closed yet.
    #[default]
    Absent,
    /// Up to a moment, all is closed.
    Metered {
        /// Whose, of what, how much.
        subject: Subject,
        /// Up to when.
        until: Timestamp,
        /// Entries of this stream.
        version: u64,
        /// Version of the allocation's attestations that was last used.
        attestations: u64,
        /// Periods that can still be corrected.
        open: Vec<Open>,
    },
}

impl Aggregate for Usage {
    const KIND: &'static str = "usage";
    type Id = AllocationId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        let Command::Meter(meter) = command;
        match self {
            Self::Absent => Ok(decide::close(&meter, Timestamp(0))),
            Self::Metered { subject, .. } if *subject != meter.subject => Err(Rejection::AnotherSubject),
            Self::Metered { attestations, .. } if *attestations > meter.attestations => {
                Err(Rejection::StaleAttestations)
            }
            Self::Metered { until, open, .. } => {
                let mut events = decide::correct(&meter, open);
                events.extend(decide::close(&meter, *until));
                Ok(events)
            }
        }
    }

    fn evolve(self, event: &Event) -> Self {
        let (earlier, mut open) = match self {
            Self::Absent => ((0, Timestamp(0)), Vec::new()),
            Self::Metered { version, until, open, .. } => ((version, until), open),
        };
        let version = earlier.0 + 1;
        match event {
            Event::Metered(Metered { subject, period, unknown, attestations, .. }) => {
                if !unknown.is_empty() {
                    open.push(Open { version, period: *period, unknown: unknown.iter().copied().collect() });
                }
                let (subject, attestations) = (subject.clone(), *attestations);
                Self::Metered { subject, until: period.until, version, attestations, open }
            }
            Event::Corrected(Corrected { subject, corrects, attested, attestations, .. }) => {
                let attested = attested.iter().copied().collect();
                for period in open.iter_mut().filter(|period| period.version == *corrects) {
                    period.unknown = period.unknown.difference(&attested);
                }
                open.retain(|period| !period.unknown.is_empty());
                let (subject, attestations) = (subject.clone(), *attestations);
                Self::Metered { subject, until: earlier.1, version, attestations, open }
            }
        }
    }
}
