//! Which segments there are.

use std::collections::BTreeSet;

use gpuaas_log::hash::Hash;

use super::error::ArchiveError;
use super::name::{SEGMENTS, SegmentName};
use super::objects::Objects;

/// How many segments before a position are looked at for one that holds it. Two archivers
/// may have cut differently; each cut begins where one ended.
const OVERLAP: usize = 64;

/// The names of segments, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Index(BTreeSet<SegmentName>);

impl Index {
    /// All that are there.
    pub(super) async fn read(objects: &Objects) -> Result<Self, ArchiveError> {
        let mut index = Self::default();
        index.extend(objects.list(SEGMENTS, None).await?);
        Ok(index)
    }

    /// Looks for those that begin at a position or later.
    pub(super) async fn refresh(&mut self, objects: &Objects, first: u64) -> Result<(), ArchiveError> {
        let names = objects.list(SEGMENTS, Some(&format!("{first:020}"))).await?;
        self.extend(names);
        Ok(())
    }

    fn extend(&mut self, names: Vec<String>) {
        self.0.extend(names.iter().filter_map(|name| SegmentName::parse(name)));
    }

    pub(super) fn insert(&mut self, name: SegmentName) {
        self.0.insert(name);
    }

    /// Those that hold an entry, the longest first.
    pub(super) fn holding(&self, position: u64) -> Vec<SegmentName> {
        let last = SegmentName { first: position, last: u64::MAX, digest: Hash([0xff; 32]) };
        let near = self.0.range(..=last).rev().take(OVERLAP);
        let mut holding: Vec<SegmentName> = near.filter(|name| name.holds(position)).copied().collect();
        holding.sort_by_key(|name| (u64::MAX - name.last, name.first));
        holding
    }

    /// Position of the last entry up to which none is missing.
    pub(super) fn reach(&self) -> u64 {
        let mut reach = 0;
        for name in &self.0 {
            if name.first > reach + 1 {
                break;
            }
            reach = reach.max(name.last);
        }
        reach
    }

    /// The first segment that begins after a position.
    pub(super) fn next_after(&self, position: u64) -> Option<SegmentName> {
        let from = SegmentName { first: position + 1, last: 0, digest: Hash::ZERO };
        self.0.range(from..).next().copied()
    }

    /// The segments from the one that begins after a position on.
    pub(super) fn following(&self, position: u64) -> impl Iterator<Item = SegmentName> {
        let from = SegmentName { first: position + 1, last: 0, digest: Hash::ZERO };
        self.0.range(from..).copied()
    }

    /// Position of the last entry of all.
    pub(super) fn furthest(&self) -> u64 {
        self.0.iter().map(|name| name.last).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(ranges: &[(u64, u64)]) -> Index {
        let name = |(first, last): &(u64, u64)| SegmentName { first: *first, last: *last, digest: Hash([1; 32]) };
        Index(ranges.iter().map(name).collect())
    }

    #[test]
    fn a_gap_ends_how_far_it_reaches() {
        assert_eq!(index(&[]).reach(), 0);
        assert_eq!(index(&[(2, 9)]).reach(), 0);
        assert_eq!(index(&[(1, 4), (5, 9), (11, 12)]).reach(), 9);
        assert_eq!(index(&[(1, 4), (1, 7), (5, 6), (8, 9)]).reach(), 9);
        assert_eq!(index(&[(1, 4), (11, 12)]).next_after(4).map(|name| name.first), Some(11));
    }

    #[test]
    fn the_longest_that_holds_an_entry_comes_first() {
        let index = index(&[(1, 4), (1, 7), (5, 6), (8, 9)]);
        let holding = |position| -> Vec<(u64, u64)> {
            index.holding(position).iter().map(|name| (name.first, name.last)).collect()
        };
        assert_eq!(holding(4), [(1, 7), (1, 4)]);
        assert_eq!(holding(5), [(1, 7), (5, 6)]);
        assert_eq!(holding(10), []);
    }
}
