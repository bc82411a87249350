//! Which generation holds which positions. Pure.
//!
//! A generation begins where one before it was damaged, and ends where a later one begins.
//! One that a later one overlaps from its first position on is of no more use.

/// A generation of the raw entries, as NATS has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Generation {
    /// Its number.
    pub(super) number: u64,
    /// Position of its first entry.
    pub(super) first: u64,
    /// Position of its last; the one before the first if there is none.
    pub(super) last: u64,
    /// Messages that NATS says there are.
    pub(super) messages: u64,
}

impl Generation {
    /// Whether NATS itself misses messages between the first and the last.
    pub(super) fn has_holes(&self) -> bool {
        self.messages != (self.last + 1).saturating_sub(self.first)
    }
}

/// The generations that hold something, in the order of their positions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Lineage {
    parts: Vec<Generation>,
    obsolete: Vec<u64>,
}

impl Lineage {
    /// Orders the generations that there are.
    pub(super) fn of(mut all: Vec<Generation>) -> Self {
        all.sort_unstable_by_key(|generation| std::cmp::Reverse(generation.number));
        let mut lineage = Self::default();
        for generation in all {
            match lineage.parts.last() {
                Some(later) if later.first <= generation.first => lineage.obsolete.push(generation.number),
                Some(_) | None => lineage.parts.push(generation),
            }
        }
        lineage.parts.reverse();
        lineage
    }

    /// The newest, which is written to.
    pub(super) fn newest(&self) -> Option<&Generation> {
        self.parts.last()
    }

    /// Those whose entries later ones hold.
    pub(super) fn obsolete(&self) -> &[u64] {
        &self.obsolete
    }

    /// The generation that holds a position, and the last position that is read from it.
    pub(super) fn holder(&self, position: u64) -> Option<(&Generation, u64)> {
        let at = self.parts.iter().rposition(|generation| generation.first <= position)?;
        let held = &self.parts[at];
        let until = self.parts.get(at + 1).map_or(held.last, |next| held.last.min(next.first - 1));
        Some((held, until))
    }

    /// The first position that none holds although a later one is held.
    pub(super) fn gap(&self) -> Option<u64> {
        let first = self.parts.first()?.first;
        if first > 1 {
            return Some(1);
        }
        let pairs = self.parts.windows(2);
        pairs.filter(|pair| pair[0].last + 1 < pair[1].first).map(|pair| pair[0].last + 1).next()
    }

    /// The last position that is held.
    pub(super) fn end(&self) -> u64 {
        self.newest().map_or(0, |newest| newest.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A generation without holes.
    fn generation(number: u64, first: u64, last: u64) -> Generation {
        Generation { number, first, last, messages: last + 1 - first }
    }

    fn holders(lineage: &Lineage, positions: &[u64]) -> Vec<Option<(u64, u64)>> {
        let holder = |position: &u64| lineage.holder(*position).map(|(held, until)| (held.number, until));
        positions.iter().map(holder).collect()
    }

    #[test]
    fn a_generation_ends_where_the_next_begins() {
        let lineage = Lineage::of(vec![generation(2, 5, 9), generation(1, 1, 7)]);
        let expected = [Some((1, 4)), Some((1, 4)), Some((2, 9)), Some((2, 9))];
        assert_eq!(holders(&lineage, &[1, 4, 5, 20]), expected);
        assert_eq!((lineage.end(), lineage.gap(), lineage.obsolete()), (9, None, &[][..]));
    }

    #[test]
    fn what_a_later_one_holds_from_its_beginning_is_obsolete() {
        let lineage = Lineage::of(vec![generation(1, 1, 7), generation(2, 5, 9), generation(3, 3, 9)]);
        assert_eq!(lineage.obsolete(), [2]);
        assert_eq!(holders(&lineage, &[2, 3]), [Some((1, 2)), Some((3, 9))]);
    }

    #[test]
    fn what_nobody_holds_is_a_gap() {
        assert_eq!(Lineage::of(vec![generation(2, 5, 9)]).gap(), Some(1));
        assert_eq!(Lineage::of(vec![generation(1, 1, 2), generation(2, 5, 9)]).gap(), Some(3));
        assert_eq!(Lineage::default().gap(), None);
        assert_eq!(Lineage::default().holder(1), None);
    }

    #[test]
    fn an_empty_generation_ends_before_it_begins() {
        let lineage = Lineage::of(vec![generation(1, 1, 7), generation(2, 5, 4)]);
        assert_eq!((lineage.end(), holders(&lineage, &[5])), (4, vec![Some((2, 4))]));
    }

    #[test]
    fn holes_show_in_the_count() {
        assert!(!generation(1, 1, 7).has_holes() && !generation(2, 5, 4).has_holes());
        assert!(Generation { messages: 6, ..generation(1, 1, 7) }.has_holes());
    }
}
