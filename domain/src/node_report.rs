//! The chain of a node's reports: each names the hash of the one before, so that a second
//! agent with the same key is noticed at the next report of either.
//!
//! | state | command | events | next |
//! |---|---|---|---|
//! | Absent | Extend, first of its key | `node_report.extended` | Open |
//! | Open | Extend, the next one | `node_report.extended` | Open |
//! | Open | Extend, the last one again | none | Open |
//! | Open | Extend, anything else that is not ahead | `node_report.forked` | Forked |
//! | Open, Forked | Extend, first of another key | `node_report.extended` | Open |
//!
//! The stream has the node's id. A fork is an event, not a rejection: whoever appends
//! it bans the node in the same append. Only a new key, and so a new enrollment, begins
//! a new chain.

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Rejected};
use crate::code::Code;
use crate::event::{events, fields};
use crate::fixed::{Digest, PublicKey};
use crate::id::NodeId;

fields! {
    /// A place in the chain of a key's reports.
    pub struct ChainPoint {
        /// Number of the report, from 1.
        pub sequence: u64,
        /// BLAKE3 digest of the report before it; of the first one, the public key itself.
        pub previous: Digest,
    }

    /// A report was accepted.
    pub struct Extended {
        /// Whose chain.
        pub public_key: PublicKey,
        /// Its place.
        pub point: ChainPoint,
        /// BLAKE3 digest of its body.
        pub hash: Digest,
    }

    /// A report came that cannot be of the same agent as the last one accepted.
    pub struct Forked {
        /// Whose chain.
        pub public_key: PublicKey,
        /// The place that it claims.
        pub point: ChainPoint,
        /// BLAKE3 digest of its body.
        pub hash: Digest,
    }
}

impl ChainPoint {
    /// The place of a key's first report.
    #[must_use]
    pub fn first(key: PublicKey) -> Self {
        Self { sequence: 1, previous: Digest(key.0) }
    }

    /// The place after this one, if the report here has this hash.
    #[must_use]
    pub fn next(&self, hash: Digest) -> Self {
        Self { sequence: self.sequence + 1, previous: hash }
    }
}

events! {
    /// What can happen to the chain of a node's reports.
    pub enum Event {
        /// A report was accepted.
        Extended(Extended) = "node_report.extended", 1;
        /// Two agents use one key.
        Forked(Forked) = "node_report.forked", 1;
    }
}

/// What can be asked of the chain.
#[derive(Debug, Clone)]
pub enum Command {
    /// Take a report whose signature is the key's, from a connection that is the node's.
    Extend(Extended),
}

/// Why the chain refuses.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// Reports are missing.
    #[error("report {expected} is the next one; send the reports in order from there")]
    Gap {
        /// The next one.
        expected: u64,
    },
    /// The chain has forked.
    #[error("two agents reported with this key; enroll the node anew with a new key")]
    Forked,
}

impl Rejected for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::Gap { .. } => Code::ReportGap,
            Self::Forked => Code::ReportForked,
        }
    }
}

/// The state of the chain.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum NodeReport {
    /// No report yet.
    #[default]
    Absent,
    /// One agent reports.
    Open(Extended),
    /// Two did.
    Forked(PublicKey),
}

impl Aggregate for NodeReport {
    const KIND: &'static str = "node_report";
    type Id = NodeId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        let Command::Extend(report) = command;
        let expected = match self {
            Self::Forked(key) if *key == report.public_key => return Err(Rejection::Forked),
            Self::Open(last) if last.public_key == report.public_key => {
                if *last == report {
                    return Ok(vec![]);
                }
                last.point.next(last.hash)
            }
            Self::Absent | Self::Open(_) | Self::Forked(_) => ChainPoint::first(report.public_key),
        };
        if report.point == expected {
            Ok(vec![report.into()])
        } else if report.point.sequence > expected.sequence {
            Err(Rejection::Gap { expected: expected.sequence })
        } else {
            let Extended { public_key, point, hash } = report;
            Ok(vec![Forked { public_key, point, hash }.into()])
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match event {
            Event::Extended(extended) => Self::Open(extended.clone()),
            Event::Forked(forked) => Self::Forked(forked.public_key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: PublicKey = PublicKey([7; 32]);

    fn report(sequence: u64, previous: Digest, hash: u8) -> Command {
        Command::Extend(Extended {
            public_key: KEY,
            point: ChainPoint { sequence, previous },
            hash: Digest([hash; 32]),
        })
    }

    fn after(reports: impl IntoIterator<Item = Command>) -> NodeReport {
        reports.into_iter().fold(NodeReport::default(), |chain, report| {
            let events = chain.decide(report).unwrap();
            chain.evolve_all(&events)
        })
    }

    fn first() -> Command {
        report(1, Digest(KEY.0), 1)
    }

    fn second() -> Command {
        report(2, Digest([1; 32]), 2)
    }

    #[test]
    fn reports_follow_each_other() {
        assert!(matches!(after([first(), second()]), NodeReport::Open(last) if last.point.sequence == 2));
    }

    #[test]
    fn the_last_report_may_be_repeated() {
        assert_eq!(after([first(), second()]).decide(second()).unwrap(), []);
    }

    #[test]
    fn a_missing_report_is_asked_for() {
        let ahead = report(4, Digest([3; 32]), 4);
        assert!(matches!(after([first()]).decide(ahead), Err(Rejection::Gap { expected: 2 })));
    }

    #[test]
    fn a_second_agent_with_the_same_key_is_noticed() {
        for other in [report(1, Digest(KEY.0), 9), report(2, Digest([1; 32]), 9), report(3, Digest([9; 32]), 3)] {
            let chain = after([first(), second()]);
            let events = chain.decide(other).unwrap();
            assert!(matches!(events[..], [Event::Forked(_)]));
            let forked = chain.evolve_all(&events);
            assert!(matches!(forked.decide(report(3, Digest([2; 32]), 3)), Err(Rejection::Forked)));
        }
    }

    #[test]
    fn a_new_key_begins_a_new_chain() {
        let key = PublicKey([8; 32]);
        let anew = Extended { public_key: key, point: ChainPoint::first(key), hash: Digest([1; 32]) };
        for chain in [after([first(), second()]), NodeReport::Forked(KEY)] {
            assert_eq!(chain.decide(Command::Extend(anew.clone())).unwrap(), [anew.clone().into()]);
        }
    }
}
