//! Usage is judged from its events alone, as an auditor would.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::id::{OrganizationId, ProjectId, SkuId, TypedId};
use crate::interval::tests::{set, sets, span};

fn subject() -> Subject {
    Subject {
        allocation: AllocationId::from_uuid(Uuid::from_u128(1)),
        organization: OrganizationId::from_uuid(Uuid::from_u128(2)),
        project: ProjectId::from_uuid(Uuid::from_u128(3)),
        sku: SkuId::from_uuid(Uuid::from_u128(4)),
        units: 2,
    }
}

fn meter(active: &[(u64, u64)], attested: &[(u64, u64)], attestations: u64, until: u64) -> Meter {
    let (active, attested) = (set(active), set(attested));
    Meter { subject: subject(), active, attested, attestations, until: Timestamp(until) }
}

fn metered(events: &[Event]) -> Vec<&Metered> {
    events.iter().filter_map(|event| if let Event::Metered(metered) = event { Some(metered) } else { None }).collect()
}

#[test]
fn active_time_that_was_not_attested_is_unknown() {
    let events = Usage::default().decide(Command::Meter(meter(&[(10, 100)], &[(0, 30), (50, 200)], 2, 90))).unwrap();
    let [Event::Metered(closed)] = &events[..] else { panic!("{events:?}") };
    assert_eq!(closed.period, span(10, 90));
    assert_eq!(closed.attested, [span(10, 30), span(50, 90)]);
    assert_eq!(closed.unknown, [span(30, 50)]);
}

#[test]
fn what_is_closed_is_closed_once() {
    let first = meter(&[(10, 100)], &[(0, 30)], 1, 60);
    let state = Usage::default().evolve_all(&Usage::default().decide(Command::Meter(first.clone())).unwrap());
    assert_eq!(state.decide(Command::Meter(first)).unwrap(), []);
    let events = state.decide(Command::Meter(meter(&[(10, 100)], &[(0, 30)], 1, 300))).unwrap();
    assert_eq!(metered(&events)[0].period, span(60, 100));
}

#[test]
fn an_attestation_that_comes_late_corrects_its_period() {
    let first = Usage::default().decide(Command::Meter(meter(&[(0, 100)], &[(0, 30)], 1, 60))).unwrap();
    let state = Usage::default().evolve_all(&first);
    let events = state.decide(Command::Meter(meter(&[(0, 100)], &[(0, 50)], 2, 60))).unwrap();
    let [Event::Corrected(corrected)] = &events[..] else { panic!("{events:?}") };
    assert_eq!((corrected.period, corrected.corrects), (span(0, 60), 1));
    assert_eq!(corrected.attested, [span(30, 50)]);
    let state = state.evolve_all(&events);
    assert_eq!(state.decide(Command::Meter(meter(&[(0, 100)], &[(0, 50)], 3, 60))).unwrap(), []);
}

#[test]
fn an_allocation_that_was_not_active_has_no_usage() {
    assert_eq!(Usage::default().decide(Command::Meter(meter(&[], &[(0, 50)], 1, 60))).unwrap(), []);
    assert_eq!(Usage::default().decide(Command::Meter(meter(&[(70, 80)], &[(0, 99)], 1, 60))).unwrap(), []);
}

#[test]
fn older_attestations_than_before_are_refused() {
    let first = Usage::default().decide(Command::Meter(meter(&[(0, 100)], &[(0, 30)], 2, 60))).unwrap();
    let state = Usage::default().evolve_all(&first);
    let stale = state.decide(Command::Meter(meter(&[(0, 100)], &[(0, 30)], 1, 70)));
    assert!(matches!(stale, Err(Rejection::StaleAttestations)));
}

#[test]
fn an_allocation_does_not_change_its_size() {
    let first = Usage::default().decide(Command::Meter(meter(&[(0, 100)], &[], 0, 60))).unwrap();
    let mut larger = meter(&[(0, 100)], &[], 0, 70);
    larger.subject.units = 3;
    let refused = Usage::default().evolve_all(&first).decide(Command::Meter(larger));
    assert!(matches!(refused, Err(Rejection::AnotherSubject)));
}

#[test]
fn a_period_with_many_pieces_is_closed_in_several_events() {
    let attested: Vec<(u64, u64)> = (0..700).map(|at| (at * 10, at * 10 + 5)).collect();
    let events = Usage::default().decide(Command::Meter(meter(&[(0, 7_000)], &attested, 9, 7_000))).unwrap();
    let periods = metered(&events);
    assert!(periods.iter().all(|period| period.attested.len() + period.unknown.len() <= MAX_PIECES));
    assert!(periods.windows(2).all(|pair| pair[0].period.until == pair[1].period.from));
    assert_eq!(periods.iter().flat_map(|period| &period.attested).map(|i| i.micros()).sum::<u64>(), 3_500);
}

proptest! {
    /// However attestations arrive and whenever time is closed, every active moment is charged
    /// at most once, exactly if it is attested in the end, and is unknown otherwise.
    #[test]
    fn every_active_moment_is_charged_once_or_unknown(
        active in sets(),
        arrivals in prop::collection::vec((sets(), 0..130u64), 1..6),
    ) {
        let mut state = Usage::default();
        let mut events = Vec::new();
        let mut attested = IntervalSet::default();
        let mut until = 0;
        for (version, (more, at)) in arrivals.into_iter().enumerate() {
            attested = attested.as_slice().iter().chain(more.as_slice()).copied().collect();
            until = until.max(at);
            let (active, attested, until) = (active.clone(), attested.clone(), Timestamp(until));
            let meter = Meter { subject: subject(), active, attested, attestations: version as u64, until };
            let new = state.decide(Command::Meter(meter)).unwrap();
            state = state.evolve_all(&new);
            events.extend(new);
        }
        let closed = active.intersection(&IntervalSet::from(span(0, until)));
        for moment in 0..130 {
            let holds = |intervals: &[Interval]| intervals.iter().filter(|i| i.contains(Timestamp(moment))).count();
            let (mut charged, mut unknown) = (0, 0);
            for event in &events {
                match event {
                    Event::Metered(metered) => {
                        charged += holds(&metered.attested);
                        unknown += holds(&metered.unknown);
                    }
                    Event::Corrected(corrected) => {
                        charged += holds(&corrected.attested);
                        unknown -= holds(&corrected.attested);
                    }
                }
            }
            let is_active = holds(closed.as_slice());
            let is_attested = holds(closed.intersection(&attested).as_slice());
            prop_assert_eq!((charged, unknown), (is_attested, is_active - is_attested), "at {}", moment);
        }
    }
}
