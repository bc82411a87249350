//! What a node attested of an allocation: the intervals in which its workloads ran. Usage is
//! computed from these and from nothing else.
//!
//! | state | command | events | next |
//! |---|---|---|---|
//! | any | Record | `attestation.recorded` | Recorded |
//! | Recorded | Record, the last statement of the instance again | none | Recorded |
//!
//! The stream has the allocation's id and its organization's owner, so that the
//! organization's own history suffices to check its bill. Each entry carries the key and
//! the signature; whether that key is the node's is what the caller has looked up.

mod statement;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Rejected};
use crate::code::Code;
use crate::event::{events, fields};
use crate::fixed::{PublicKey, Signature};
use crate::id::{AllocationId, InstanceId, NodeId, OrganizationId};
use crate::time::Timestamp;

pub use statement::{MAX_INTERVALS, Statement};

pub use crate::interval::Interval;

/// How far a node's clock may be ahead, in seconds.
pub const MAX_CLOCK_AHEAD: u64 = 5;

fields! {
    /// A node attested that something ran.
    pub struct Recorded {
        /// Whose allocation it is.
        pub organization: OrganizationId,
        /// What it attested.
        pub statement: Statement,
        /// The node's key.
        pub public_key: PublicKey,
        /// Its signature over [`Statement::signed_bytes`].
        pub signature: Signature,
    }
}

events! {
    /// What can happen to the attestations of an allocation.
    pub enum Event {
        /// One was recorded.
        Recorded(Recorded) = "attestation.recorded", 1;
    }
}

/// What can be asked of the attestations of an allocation.
#[derive(Debug, Clone)]
pub enum Command {
    /// Record one whose signature was checked.
    Record {
        /// What was attested.
        recorded: Recorded,
        /// The node that the allocation is on, and was when this began.
        node: NodeId,
        /// When it came.
        now: Timestamp,
    },
}

/// Why an attestation is refused.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// The allocation is on another node.
    #[error("the allocation is not on this node")]
    AnotherNode,
    /// An interval ends in the future.
    #[error("the interval ends in the future; set the node's clock")]
    Future,
    /// An interval begins before the end of one that is recorded.
    #[error("the interval begins before {covered_until}, up to which this workload is attested already")]
    Overlap {
        /// Up to where it is.
        covered_until: Timestamp,
    },
    /// The intervals are not in order, or too many, or none.
    #[error("a statement has 1 to {MAX_INTERVALS} intervals in order, each with a length")]
    Order,
}

impl Rejected for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::AnotherNode => Code::AllocationOfAnotherNode,
            Self::Future => Code::AttestationInFuture,
            Self::Overlap { .. } => Code::AttestationOverlaps,
            Self::Order => Code::InvalidField,
        }
    }
}

/// The attestations of an allocation, in brief.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Attestation {
    /// None yet.
    #[default]
    Absent,
    /// The last statement of each workload.
    Recorded {
        /// Whose allocation it is.
        organization: OrganizationId,
        /// By workload.
        last: BTreeMap<InstanceId, Statement>,
    },
}

impl Attestation {
    fn last(&self, instance: InstanceId) -> Option<&Statement> {
        match self {
            Self::Absent => None,
            Self::Recorded { last, .. } => last.get(&instance),
        }
    }
}

impl Aggregate for Attestation {
    const KIND: &'static str = "attestation";
    type Id = AllocationId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        let Command::Record { recorded, node, now } = command;
        let statement = &recorded.statement;
        if statement.node != node {
            return Err(Rejection::AnotherNode);
        }
        if !statement.is_ordered() {
            return Err(Rejection::Order);
        }
        if statement.until() > now.plus_seconds(MAX_CLOCK_AHEAD) {
            return Err(Rejection::Future);
        }
        let known = self.last(statement.instance);
        if known == Some(statement) {
            return Ok(vec![]);
        }
        let covered_until = known.map_or(Timestamp(0), Statement::until);
        if statement.from() < covered_until {
            return Err(Rejection::Overlap { covered_until });
        }
        Ok(vec![recorded.into()])
    }

    fn evolve(self, event: &Event) -> Self {
        let Event::Recorded(Recorded { organization, statement, .. }) = event;
        let mut last = match self {
            Self::Absent => BTreeMap::new(),
            Self::Recorded { last, .. } => last,
        };
        last.insert(statement.instance, statement.clone());
        Self::Recorded { organization: *organization, last }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::bounded::Text;
    use crate::fixed::Digest;
    use crate::id::TypedId;
    use crate::node_report::ChainPoint;

    const SECOND: u64 = 1_000_000;

    fn node(number: u128) -> NodeId {
        NodeId::from_uuid(Uuid::from_u128(number))
    }

    fn record(instance: u128, from: u64, until: u64, now: u64) -> Command {
        let statement = Statement {
            allocation: AllocationId::from_uuid(Uuid::from_u128(1)),
            boot_id: Text::new("boot").unwrap(),
            chain: ChainPoint { sequence: 3, previous: Digest([0; 32]) },
            container: Text::new("c").unwrap(),
            container_started_at: Timestamp(5),
            generation: 1,
            instance: InstanceId::from_uuid(Uuid::from_u128(instance)),
            intervals: vec![Interval { from: Timestamp(from * SECOND), until: Timestamp(until * SECOND) }],
            node: node(1),
        };
        let recorded = Recorded {
            organization: OrganizationId::from_uuid(Uuid::from_u128(9)),
            statement,
            public_key: PublicKey([1; 32]),
            signature: Signature([2; 64]),
        };
        Command::Record { recorded, node: node(1), now: Timestamp(now * SECOND) }
    }

    fn after(command: Command) -> Attestation {
        Attestation::default().evolve_all(&Attestation::default().decide(command).unwrap())
    }

    #[test]
    fn an_attestation_that_comes_an_hour_late_is_recorded() {
        assert_eq!(Attestation::default().decide(record(1, 10, 20, 3620)).unwrap().len(), 1);
    }

    #[test]
    fn an_attestation_of_the_future_is_refused() {
        assert!(matches!(Attestation::default().decide(record(1, 10, 27, 21)), Err(Rejection::Future)));
    }

    #[test]
    fn an_overlap_is_refused() {
        let state = after(record(1, 10, 20, 20));
        assert!(matches!(state.decide(record(1, 19, 30, 30)), Err(Rejection::Overlap { .. })));
        assert_eq!(state.decide(record(1, 20, 30, 30)).unwrap().len(), 1);
    }

    #[test]
    fn workloads_of_one_allocation_are_attested_each_for_itself() {
        assert_eq!(after(record(1, 10, 20, 20)).decide(record(2, 10, 20, 20)).unwrap().len(), 1);
    }

    #[test]
    fn the_same_statement_again_gives_no_event() {
        assert_eq!(after(record(1, 10, 20, 20)).decide(record(1, 10, 20, 25)).unwrap(), []);
    }

    #[test]
    fn an_attestation_for_another_nodes_allocation_is_refused() {
        let Command::Record { recorded, now, .. } = record(1, 10, 20, 20);
        let foreign = Command::Record { recorded, node: node(2), now };
        assert!(matches!(Attestation::default().decide(foreign), Err(Rejection::AnotherNode)));
    }
}
