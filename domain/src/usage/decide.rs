//! From active and attested time to periods: pure functions over sets of intervals.

use super::event::{Corrected, Event, Metered};
use super::{Meter, Open};
use crate::interval::{Interval, IntervalSet};
use crate::time::Timestamp;

/// Most intervals of one event, so that it stays well below the size of an entry.
pub const MAX_PIECES: usize = 400;

/// Active time, divided by whether it was attested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// Charged.
    pub attested: IntervalSet,
    /// Not charged.
    pub unknown: IntervalSet,
}

/// Divides the active time of a period. Attested time outside of it counts nothing.
#[must_use]
pub fn divide(active: &IntervalSet, attested: &IntervalSet, period: Interval) -> Division {
    let active = active.intersection(&period.into());
    Division { attested: active.intersection(attested), unknown: active.difference(attested) }
}

/// Closes the active time from a moment on, in as many periods as have room for its pieces.
pub(super) fn close(meter: &Meter, from: Timestamp) -> Vec<Event> {
    let window = IntervalSet::from(Interval::new(from, meter.until));
    let mut left = meter.active.intersection(&window);
    let mut events = Vec::new();
    while let Some(hull) = left.hull() {
        let period = Interval::new(hull.from, end_of_room(&left, &meter.attested).unwrap_or(hull.until));
        let Division { attested, unknown } = divide(&left, &meter.attested, period);
        let (attested, unknown) = (attested.into_vec(), unknown.into_vec());
        let (subject, attestations) = (meter.subject.clone(), meter.attestations);
        events.push(Metered { subject, period, attested, unknown, attestations }.into());
        left = left.difference(&period.into());
    }
    events
}

/// Where the last piece ends that one event has room for; `None` if it has room for all.
fn end_of_room(active: &IntervalSet, attested: &IntervalSet) -> Option<Timestamp> {
    let both = [active.intersection(attested), active.difference(attested)];
    let mut ends: Vec<Timestamp> = both.iter().flat_map(IntervalSet::as_slice).map(|interval| interval.until).collect();
    ends.sort();
    ends.get(MAX_PIECES).and(ends.get(MAX_PIECES - 1)).copied()
}

/// Corrects every period of which unknown time is attested now.
pub(super) fn correct(meter: &Meter, open: &[Open]) -> Vec<Event> {
    let corrected = |period: &Open| {
        let attested = period.unknown.intersection(&meter.attested);
        (!attested.is_empty()).then(|| Corrected {
            subject: meter.subject.clone(),
            period: period.period,
            corrects: period.version,
            attested: attested.into_vec(),
            attestations: meter.attestations,
        })
    };
    open.iter().filter_map(corrected).map(Event::from).collect()
}
