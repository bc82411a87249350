//! The right edge of a growing tree: all that is needed to append and to know the root.

use super::{empty_root, leaf_hash, node_hash};
use crate::hash::Hash;

/// Roots of the complete subtrees that a tree of this size consists of, largest
/// first: one for each bit set in the size.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The tree without leaves.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes up where [`size`](Self::size) and [`peaks`](Self::peaks) left off.
    /// `None` if a tree of that size has another number of peaks.
    #[must_use]
    pub fn from_parts(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the complete subtrees, largest first.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Appends the leaf with these bytes.
    pub fn push_leaf(&mut self, bytes: &[u8]) {
        self.push_hash(leaf_hash(bytes));
    }

    /// Appends the leaf with this hash.
    pub fn push_hash(&mut self, leaf: Hash) {
        let mut node = leaf;
        for _ in 0..self.size.trailing_ones() {
            let left = self.peaks.pop().expect("a peak stands for each bit set in the size");
            node = node_hash(&left, &node);
        }
        self.peaks.push(node);
        self.size += 1;
    }

    /// Root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(smallest) = peaks.next() else { return empty_root() };
        peaks.fold(*smallest, |right, left| node_hash(left, &right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frontier_goes_on_from_its_parts() {
        let mut whole = Frontier::new();
        for n in 0u64..100 {
            let mut resumed =
                Frontier::from_parts(whole.size(), whole.peaks().to_vec()).expect("they come from a frontier");
            whole.push_leaf(&n.to_be_bytes());
            resumed.push_leaf(&n.to_be_bytes());
            assert_eq!(resumed.root(), whole.root());
        }
    }

    #[test]
    fn parts_of_another_size_are_refused() {
        assert_eq!(Frontier::from_parts(3, vec![Hash::ZERO]), None);
    }
}
