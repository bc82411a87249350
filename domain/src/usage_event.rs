//! Usage that a product reported: one closed interval or one accepted increment of a
//! registered unit.
//!
//! | state | command | events | next |
//! |---|---|---|---|
//! | Absent | Record | `usage_event.recorded` | Recorded |
//! | Recorded | Record, the same | none | Recorded |
//!
//! The stream's id is derived by the caller from organization, unit, source and idempotency
//! key, so that a repetition meets its first; another content under the same key is refused.
//! What a product says of it beyond the numbers are labels, never free text.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Rejected};
use crate::code::Code;
use crate::event::{events, fields};
use crate::id::{OrganizationId, ProjectId, UsageEventId, UsageUnitId};
use crate::interval::Interval;
use crate::label::Label;
use crate::money::Quantity;
use crate::time::Timestamp;

/// How far a product's clock may be ahead, in seconds.
pub const MAX_CLOCK_AHEAD: u64 = 5;
/// Most labels that a product may add.
pub const MAX_METADATA: usize = 16;

fields! {
    /// A product reported usage.
    pub struct Recorded {
        /// Who pays.
        pub organization: OrganizationId,
        /// Where it belongs.
        pub project: ProjectId,
        /// The registered unit.
        pub unit: UsageUnitId,
        /// The product: `token_factory`.
        pub product: Label<64>,
        /// What reported it: `token_factory.gateway`.
        pub source: Label<64>,
        /// What the source calls the report.
        pub source_event: Label<128>,
        /// What was used, by kind: `model_request`.
        pub resource_type: Label<64>,
        /// What was used.
        pub resource: Label<128>,
        /// How much of the unit.
        pub quantity: Quantity,
        /// When it was used. One moment where both ends are the same.
        pub service: Interval,
        /// Unique for organization, unit and source.
        pub idempotency_key: Label<128>,
        /// The product's own request.
        pub request: Option<Label<128>>,
        /// What the product adds.
        #[cfg_attr(feature = "schemas", schemars(with = "BTreeMap<String, Label<128>>"))]
        pub metadata: BTreeMap<Label<64>, Label<128>>,
    }
}

events! {
    /// What can happen to reported usage.
    pub enum Event {
        /// It was recorded.
        Recorded(Recorded) = "usage_event.recorded", 1;
    }
}

/// What can be asked of reported usage.
#[derive(Debug, Clone)]
pub enum Command {
    /// Record it. That the unit is registered, for this product, the caller has looked up.
    Record {
        /// What was reported.
        recorded: Recorded,
        /// When it came.
        now: Timestamp,
    },
}

/// Why reported usage is refused.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// Something else was reported under the same key.
    #[error("another usage was reported under this idempotency key; use a new key for new usage")]
    Conflict,
    /// It ends in the future.
    #[error("bill_to lies in the future; report usage when its interval is closed")]
    Future,
    /// It ends before it begins.
    #[error("bill_to lies before bill_from")]
    Backwards,
    /// More labels than there may be.
    #[error("metadata has at most {MAX_METADATA} labels")]
    Metadata,
}

impl Rejected for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::Conflict => Code::UsageEventConflict,
            Self::Future => Code::UsageInFuture,
            Self::Backwards | Self::Metadata => Code::InvalidField,
        }
    }
}

/// The state of reported usage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum UsageEvent {
    /// No entry yet.
    #[default]
    Absent,
    /// It was recorded.
    Recorded(Box<Recorded>),
}

impl Aggregate for UsageEvent {
    const KIND: &'static str = "usage_event";
    type Id = UsageEventId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        let Command::Record { recorded, now } = command;
        match self {
            Self::Recorded(known) if **known == recorded => Ok(vec![]),
            Self::Recorded(_) => Err(Rejection::Conflict),
            Self::Absent if recorded.service.until < recorded.service.from => Err(Rejection::Backwards),
            Self::Absent if recorded.service.until > now.plus_seconds(MAX_CLOCK_AHEAD) => Err(Rejection::Future),
            Self::Absent if recorded.metadata.len() > MAX_METADATA => Err(Rejection::Metadata),
            Self::Absent => Ok(vec![recorded.into()]),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        let Event::Recorded(recorded) = event;
        Self::Recorded(Box::new(recorded.clone()))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::TypedId;

    fn recorded(quantity: &str, from: u64, until: u64) -> Recorded {
        let label = |text: &str| Label::new("test", text).unwrap();
        Recorded {
            organization: OrganizationId::from_uuid(Uuid::from_u128(1)),
            project: ProjectId::from_uuid(Uuid::from_u128(2)),
            unit: UsageUnitId::from_uuid(Uuid::from_u128(3)),
            product: Label::new("product", "token_factory").unwrap(),
            source: Label::new("source", "token_factory.gateway").unwrap(),
            source_event: label("usage-evt-123"),
            resource_type: Label::new("resource_type", "model_request").unwrap(),
            resource: label("req-789"),
            quantity: quantity.parse().unwrap(),
            service: Interval::new(Timestamp(from), Timestamp(until)),
            idempotency_key: label("req-789-token_output"),
            request: None,
            metadata: BTreeMap::from([(Label::new("key", "model_id").unwrap(), label("llama-70b"))]),
        }
    }

    fn record(quantity: &str, from: u64, until: u64) -> Command {
        Command::Record { recorded: recorded(quantity, from, until), now: Timestamp(100) }
    }

    #[test]
    fn the_same_report_again_gives_no_event() {
        let state = UsageEvent::default().evolve_all(&UsageEvent::default().decide(record("2048", 1, 9)).unwrap());
        assert_eq!(state.decide(record("2048", 1, 9)).unwrap(), []);
        assert!(matches!(state.decide(record("2049", 1, 9)), Err(Rejection::Conflict)));
    }

    #[test]
    fn an_increment_may_be_one_moment() {
        assert_eq!(UsageEvent::default().decide(record("1", 5, 5)).unwrap().len(), 1);
        assert!(matches!(UsageEvent::default().decide(record("1", 6, 5)), Err(Rejection::Backwards)));
    }

    #[test]
    fn usage_of_the_future_is_refused() {
        let late = 100 + MAX_CLOCK_AHEAD * 1_000_000;
        assert!(UsageEvent::default().decide(record("1", 5, late)).is_ok());
        assert!(matches!(UsageEvent::default().decide(record("1", 5, late + 1)), Err(Rejection::Future)));
    }
}
