//! What allocations used: charged time was attested, when the allocation was active and once;
//! unknown time is taken back from the period that it was in.

use std::collections::BTreeMap;

use gpuaas_domain::allocation::Allocation;
use gpuaas_domain::attestation::Interval;
use gpuaas_domain::id::{AllocationId, OrganizationId};
use gpuaas_domain::interval::IntervalSet;
use gpuaas_domain::rating::Usage;
use gpuaas_domain::usage::{Corrected, Metered, Subject};

use super::super::evidence::Evidence;
use super::super::{Unproven, need};

/// What is known of the usage of one allocation, entry by entry.
#[derive(Default)]
struct Known<'e> {
    subject: Option<&'e Subject>,
    metered: BTreeMap<u64, &'e Metered>,
    /// All time of closed periods.
    closed: IntervalSet,
    charged: IntervalSet,
}

/// Checks every entry of usage.
pub(super) fn check(evidence: &Evidence, organization: OrganizationId) -> Result<(), Unproven> {
    let mut streams: BTreeMap<AllocationId, Known<'_>> = BTreeMap::new();
    for (position, entry) in &evidence.usage {
        let usage = &entry.usage;
        need(usage.organization() == organization, || format!("{position} is another organization's usage"))?;
        let (subject, attested, attestations) = match usage {
            Usage::Metered(metered) => (&metered.subject, &metered.attested, metered.attestations),
            Usage::Corrected(corrected) => (&corrected.subject, &corrected.attested, corrected.attestations),
            Usage::Reported(_) => continue,
        };
        let known = streams.entry(subject.allocation).or_default();
        need(*known.subject.get_or_insert(subject) == subject, || format!("{position} is about something else"))?;
        let attested = whole(*position, attested)?;
        covered(evidence, *position, subject.allocation, &attested, attestations)?;
        need(known.charged.intersection(&attested).is_empty(), || format!("{position} charges time twice"))?;
        match usage {
            Usage::Metered(metered) => known.close(*position, entry.version, metered)?,
            Usage::Corrected(corrected) => known.correct(*position, corrected, &attested)?,
            Usage::Reported(_) => {}
        }
        known.charged = union(&known.charged, &attested);
    }
    Ok(())
}

/// Intervals in order that neither overlap nor are empty.
fn whole(position: u64, intervals: &[Interval]) -> Result<IntervalSet, Unproven> {
    let in_order = intervals.windows(2).all(|pair| pair[0].until <= pair[1].from);
    let good = in_order && intervals.iter().all(|interval| !interval.is_empty());
    need(good, || format!("{position} has intervals that are out of order"))?;
    Ok(intervals.iter().copied().collect())
}

fn union(one: &IntervalSet, other: &IntervalSet) -> IntervalSet {
    one.iter().chain(other.iter()).copied().collect()
}

/// Charged time was attested, by what was known then, and the allocation was active.
fn covered(
    evidence: &Evidence,
    position: u64,
    allocation: AllocationId,
    charged: &IntervalSet,
    attestations: u64,
) -> Result<(), Unproven> {
    let all = evidence.attestations.get(&allocation).map_or(&[][..], Vec::as_slice);
    let known = usize::try_from(attestations).ok().and_then(|count| all.get(..count));
    let known = known.ok_or_else(|| Unproven::books(format!("{position} names attestations that are not there")))?;
    let attested: IntervalSet = known.iter().flat_map(|each| each.recorded.statement.intervals.clone()).collect();
    let unproven = charged.difference(&attested);
    need(unproven.is_empty(), || {
        let from = unproven.hull().map_or(0, |hull| hull.from.0);
        format!("{position} charges what nobody attested, from {from} on")
    })?;
    let held = evidence.allocations.get(&allocation).map(held).unwrap_or_default();
    need(charged.difference(&held).is_empty(), || format!("{position} charges time in which nothing was allocated"))
}

/// When an allocation had slots.
fn held(allocation: &Allocation) -> IntervalSet {
    let until = match allocation {
        Allocation::Released { at, .. } => *at,
        Allocation::Active(_) | Allocation::Releasing(_) => gpuaas_domain::Timestamp::MAX,
        Allocation::Absent | Allocation::Requested(_) | Allocation::Failed { .. } => return IntervalSet::default(),
    };
    allocation.placed().map(|placed| Interval::new(placed.at, until).into()).unwrap_or_default()
}

impl<'e> Known<'e> {
    fn close(&mut self, position: u64, version: u64, metered: &'e Metered) -> Result<(), Unproven> {
        let period = IntervalSet::from(metered.period);
        need(self.closed.intersection(&period).is_empty(), || format!("{position} closes time twice"))?;
        let (attested, unknown) = (whole(position, &metered.attested)?, whole(position, &metered.unknown)?);
        let within = union(&attested, &unknown).difference(&period).is_empty();
        need(within, || format!("{position} has time beyond its period"))?;
        let apart = attested.intersection(&unknown).is_empty();
        need(apart, || format!("{position} has time that is attested and unknown"))?;
        self.closed = union(&self.closed, &period);
        self.metered.insert(version, metered);
        Ok(())
    }

    fn correct(&self, position: u64, corrected: &Corrected, attested: &IntervalSet) -> Result<(), Unproven> {
        let metered = self.metered.get(&corrected.corrects);
        let metered = metered.ok_or_else(|| Unproven::books(format!("{position} corrects something else")))?;
        need(metered.period == corrected.period, || format!("{position} moves its period"))?;
        let unknown = metered.unknown.iter().copied().collect();
        need(attested.difference(&unknown).is_empty(), || format!("{position} corrects what was not unknown"))
    }
}
