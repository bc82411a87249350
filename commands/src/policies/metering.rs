//! Closes the time of allocations: when an attestation reaches beyond a full period, when an
//! allocation is released, and when what is closed already turns out to have been attested.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use gpuaas_domain::allocation::{self, Allocation};
use gpuaas_domain::attestation::{self, Attestation};
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

/// How long after a period's end its attestations are waited for, in microseconds: longer
/// than the five minutes between two of a large fleet's.
const GRACE: u64 = 6 * 60 * 1_000_000;
/// Length of a period, in microseconds.
const PERIOD: u64 = 3_600 * 1_000_000;

/// The policy that meters allocations.
#[derive(Debug, Default)]
pub struct Metering {
    /// What was attested of allocations that are metered just now, so that it need not be
    /// read from its beginning each time. Losing it costs that reading.
    known: Mutex<BTreeMap<AllocationId, Attested>>,
}

/// What was attested of an allocation.
#[derive(Debug, Clone, Default)]
struct Attested {
    /// Up to which version of its attestations.
    version: u64,
    /// When.
    when: IntervalSet,
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
        let attested = self.attested(turn.engine, id).await.map_err(look_up)?;
        let (allocation, _) = turn.engine.state::<Allocation>(id).await.map_err(look_up)?;
        let (usage, _) = turn.engine.state::<Usage>(id).await.map_err(look_up)?;
        let until = match released_at(turn).await.map_err(look_up)? {
            Some(at) => at,
            None => close_until(&allocation, &attested.when),
        };
        if until > closed_until(&usage) || corrects(&usage, &attested.when) {
            let Attested { version: attestations, when: attested } = attested;
            turn.issue(id.uuid(), &MeterAllocation { id, attested, attestations, until }).await?;
        }
        if matches!(allocation, Allocation::Released { .. }) {
            self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        }
        Ok(())
    }
}

impl Metering {
    /// What was attested of an allocation, up to now.
    async fn attested(&self, engine: &Engine, id: AllocationId) -> Result<Attested, Refusal> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        let mut attested = known.unwrap_or_default();
        let mut when = attested.when.into_vec();
        for happened in engine.history().of::<Attestation>(id, attested.version).await? {
            attested.version = happened.version;
            if let AnyEvent::Attestation(attestation::Event::Recorded(recorded)) = happened.event {
                when.extend(recorded.statement.intervals);
            }
        }
        attested.when = when.into_iter().collect();
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(id, attested.clone());
        Ok(attested)
    }
}

/// When the allocation was released, if that is what happened. A state that is kept may not
/// know it yet.
async fn released_at(turn: &Turn<'_>) -> Result<Option<Timestamp>, Refusal> {
    match turn.engine.history().at(turn.position).await?.event {
        AnyEvent::Allocation(allocation::Event::Released(released)) => Ok(Some(released.at)),
        _ => Ok(None),
    }
}

/// Up to when the time of an allocation can be closed: its end, or the last full period
/// whose attestations have come.
fn close_until(allocation: &Allocation, attested: &IntervalSet) -> Timestamp {
    if let Allocation::Released { at, .. } = allocation {
        return *at;
    }
    let reached = attested.hull().map_or(0, |hull| hull.until.0).saturating_sub(GRACE);
    Timestamp(reached - reached % PERIOD)
}

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

#[cfg(test)]
mod tests {
    use gpuaas_domain::interval::Interval;

    use super::*;

    fn until(minutes: u64) -> IntervalSet {
        IntervalSet::from(Interval::new(Timestamp(0), Timestamp(minutes * 60 * 1_000_000)))
    }

    #[test]
    fn a_period_is_closed_when_its_attestations_have_come() {
        let closed = |minutes| close_until(&Allocation::Absent, &until(minutes)).0 / PERIOD;
        assert_eq!([closed(0), closed(65), closed(66), closed(125), closed(126)], [0, 0, 1, 1, 2]);
    }
}
