//! Intervals of time, and sets of them: what was allocated, what was attested, what is left.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// A time without a break. The end is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct Interval {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub until: Timestamp,
}

impl Interval {
    /// From the one up to the other.
    #[must_use]
    pub fn new(from: Timestamp, until: Timestamp) -> Self {
        Self { from, until }
    }

    /// Whether it has no length.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.until <= self.from
    }

    /// Its length in microseconds.
    #[must_use]
    pub fn micros(self) -> u64 {
        self.until.0.saturating_sub(self.from.0)
    }

    /// Whether the moment lies in it.
    #[must_use]
    pub fn contains(self, moment: Timestamp) -> bool {
        self.from <= moment && moment < self.until
    }

    /// What both have; `None` if that has no length.
    #[must_use]
    pub fn intersection(self, other: Self) -> Option<Self> {
        let both = Self::new(self.from.max(other.from), self.until.min(other.until));
        (!both.is_empty()).then_some(both)
    }

    /// The shortest interval with both in it.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        Self::new(self.from.min(other.from), self.until.max(other.until))
    }
}

/// Intervals in order, each with a length, that neither overlap nor touch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IntervalSet(Vec<Interval>);

impl FromIterator<Interval> for IntervalSet {
    /// The time that is in any of them.
    fn from_iter<I: IntoIterator<Item = Interval>>(intervals: I) -> Self {
        let mut sorted: Vec<Interval> = intervals.into_iter().filter(|interval| !interval.is_empty()).collect();
        sorted.sort();
        let mut merged: Vec<Interval> = Vec::with_capacity(sorted.len());
        for interval in sorted {
            match merged.last_mut() {
                Some(last) if interval.from <= last.until => last.until = last.until.max(interval.until),
                _ => merged.push(interval),
            }
        }
        Self(merged)
    }
}

impl From<Interval> for IntervalSet {
    fn from(interval: Interval) -> Self {
        Self::from_iter([interval])
    }
}

impl IntervalSet {
    /// The intervals, in order.
    #[must_use]
    pub fn as_slice(&self) -> &[Interval] {
        &self.0
    }

    /// The intervals, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Interval> {
        self.0.iter()
    }

    /// The intervals, in order.
    #[must_use]
    pub fn into_vec(self) -> Vec<Interval> {
        self.0
    }

    /// Whether there is no time in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its length in microseconds.
    #[must_use]
    pub fn micros(&self) -> u64 {
        self.0.iter().fold(0, |sum, interval| sum.saturating_add(interval.micros()))
    }

    /// The shortest interval with all of it; `None` if it is empty.
    #[must_use]
    pub fn hull(&self) -> Option<Interval> {
        self.0.first().zip(self.0.last()).map(|(first, last)| Interval::new(first.from, last.until))
    }

    /// The time in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let (mut ours, mut theirs) = (self.0.as_slice(), other.0.as_slice());
        let mut both = Vec::new();
        while let (Some(a), Some(b)) = (ours.first(), theirs.first()) {
            both.extend(a.intersection(*b));
            if a.until <= b.until { ours = &ours[1..] } else { theirs = &theirs[1..] }
        }
        Self(both)
    }

    /// The time in this one alone.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for interval in &self.0 {
            let first = other.0.partition_point(|taken| taken.until <= interval.from);
            let mut from = interval.from;
            for taken in other.0[first..].iter().take_while(|taken| taken.from < interval.until) {
                left.push(Interval::new(from, taken.from));
                from = taken.until;
            }
            left.push(Interval::new(from, interval.until));
        }
        left.retain(|interval| !interval.is_empty());
        Self(left)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn span(from: u64, until: u64) -> Interval {
        Interval::new(Timestamp(from), Timestamp(until))
    }

    pub(crate) fn set(spans: &[(u64, u64)]) -> IntervalSet {
        spans.iter().map(|(from, until)| span(*from, *until)).collect()
    }

    /// Sets within the first hundred microseconds.
    pub(crate) fn sets() -> impl Strategy<Value = IntervalSet> {
        let spans = prop::collection::vec((0..100u64, 0..20u64), 0..8);
        spans.prop_map(|spans| spans.into_iter().map(|(from, length)| span(from, from + length)).collect())
    }

    #[test]
    fn a_set_merges_what_overlaps_or_touches() {
        assert_eq!(set(&[(5, 7), (1, 3), (3, 4), (6, 9), (8, 8)]).as_slice(), [span(1, 4), span(5, 9)]);
    }

    #[test]
    fn a_difference_leaves_both_ends() {
        assert_eq!(set(&[(0, 10)]).difference(&set(&[(2, 3), (5, 6)])), set(&[(0, 2), (3, 5), (6, 10)]));
        assert_eq!(set(&[(2, 4), (6, 8)]).difference(&set(&[(0, 7)])), set(&[(7, 8)]));
    }

    proptest! {
        #[test]
        fn sets_are_what_their_moments_say(a in sets(), b in sets()) {
            let has = |set: &IntervalSet, moment| set.as_slice().iter().any(|i| i.contains(Timestamp(moment)));
            for moment in 0..120 {
                let (ours, theirs) = (has(&a, moment), has(&b, moment));
                prop_assert_eq!(has(&a.intersection(&b), moment), ours && theirs);
                prop_assert_eq!(has(&a.difference(&b), moment), ours && !theirs);
            }
            prop_assert_eq!(a.intersection(&b).micros() + a.difference(&b).micros(), a.micros());
        }
    }
}
