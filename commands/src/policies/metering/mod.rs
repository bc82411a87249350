//! Meters allocations. The clock closes every full period of those that hold slots
//! ([`MeteringClock`]); here, the time of an allocation is closed up to its end when it is
//! released, and what is closed is corrected when it turns out to have been attested.

mod attested;
mod clock;

use async_trait::async_trait;
use gpuaas_domain::allocation;
use gpuaas_domain::id::{AllocationId, TypedId};
use gpuaas_domain::interval::IntervalSet;
use gpuaas_domain::usage::Usage;
use gpuaas_domain::{AnyEvent, Code, Timestamp};
use uuid::Uuid;

use super::turn::look_up;
use super::{Meaning, Policy, Stop, Turn};
use crate::engine::Engine;
use crate::handlers::usage::MeterAllocation;
use crate::refusal::Refusal;
use attested::{Attested, Known};

pub use clock::{MeteringClock, Pace};

/// The policy that meters allocations.
#[derive(Debug, Default)]
pub struct Metering {
    known: Known,
}

impl Metering {
    /// The clock of this policy, which knows what it knows.
    #[must_use]
    pub fn clock(&self, engine: Engine, pace: Pace) -> MeteringClock {
        MeteringClock::new(engine, self.known.clone(), pace)
    }
}

#[async_trait]
impl Policy for Metering {
    const NAME: &'static str = "policy.metering";
    const ID: Uuid = Uuid::from_u128(0x0192_f0a1_0000_7000_8000_0000_0000_0006);
    // It meters what was placed, from attestations that only grow, so nothing refuses it for good.
    const MEANINGS: &'static [(Code, Meaning)] = &[];

    async fn react(&self, turn: &mut Turn<'_>) -> Result<(), Stop> {
        match turn.event {
            "attestation.recorded" | "allocation.released" => {}
            _ => return Ok(()),
        }
        let id: AllocationId = turn.id();
        let Attested { version: attestations, when: attested } =
            self.known.of(turn.engine, id).await.map_err(look_up)?;
        let (usage, _) = turn.engine.state::<Usage>(id).await.map_err(look_up)?;
        let closed = closed_until(&usage);
        let released = released_at(turn).await.map_err(look_up)?;
        let until = released.unwrap_or(closed);
        if until > closed || corrects(&usage, &attested) {
            turn.issue(id.uuid(), &MeterAllocation { id, attested, attestations, until }).await?;
        }
        if released.is_some() {
            self.known.forget(id);
        }
        Ok(())
    }
}

/// When the allocation was released, if that is what happened. A state that is kept may not
/// know it yet.
async fn released_at(turn: &Turn<'_>) -> Result<Option<Timestamp>, Refusal> {
    let happened = turn.engine.history().at(turn.position).await?.event;
    let AnyEvent::Allocation(allocation::Event::Released(released)) = happened else { return Ok(None) };
    Ok(Some(released.at))
}

/// Up to when the time of an allocation is closed.
fn closed_until(usage: &Usage) -> Timestamp {
    match usage {
        Usage::Absent => Timestamp(0),
        Usage::Metered { until, .. } => *until,
    }
}

/// Whether time that was closed as unknown is attested now.
fn corrects(usage: &Usage, attested: &IntervalSet) -> bool {
    match usage {
        Usage::Absent => false,
        Usage::Metered { open, .. } => open.iter().any(|period| !period.unknown.intersection(attested).is_empty()),
    }
}
