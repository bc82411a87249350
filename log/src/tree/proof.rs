//! Inclusion and consistency proofs (RFC 6962 sections 2.1.1 and 2.1.2; the checks
//! are those of RFC 9162 sections 2.1.3.2 and 2.1.4.2).
//!
//! A proof is a list of roots of ranges of leaves. [`inclusion_ranges`] and
//! [`consistency_ranges`] say which, so that a store can take them from its tiles;
//! [`inclusion_proof`] and [`consistency_proof`] compute them from leaf hashes.

use std::ops::Range;

use super::{Frontier, node_hash};
use crate::hash::Hash;

/// A complete subtree: `2^level` leaves, the `index`-th such from the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Subtree {
    /// 0 is a leaf.
    pub level: u32,
    /// From 0.
    pub index: u64,
}

/// Splits a range that a proof names into complete subtrees, left to right. Its root
/// is [`root_of`] theirs.
#[must_use]
pub fn subtrees(range: Range<u64>) -> Vec<Subtree> {
    let mut parts = Vec::new();
    let mut start = range.start;
    while start < range.end {
        let level = (range.end - start).ilog2().min(if start == 0 { u64::BITS } else { start.trailing_zeros() });
        parts.push(Subtree { level, index: start >> level });
        start += 1 << level;
    }
    parts
}

/// Root over the roots of [`subtrees`]. `None` for none.
#[must_use]
pub fn root_of(parts: &[Hash]) -> Option<Hash> {
    let (last, rest) = parts.split_last()?;
    Some(rest.iter().rev().fold(*last, |right, left| node_hash(left, &right)))
}

/// The ranges of leaves whose roots prove that leaf `index` is in a tree of `size`,
/// from the leaf up. Empty if it is not.
#[must_use]
pub fn inclusion_ranges(index: u64, size: u64) -> Vec<Range<u64>> {
    let mut ranges = Vec::new();
    if index >= size {
        return ranges;
    }
    let mut within = 0..size;
    while within.end - within.start > 1 {
        let split = within.start + left_half(within.end - within.start);
        if index < split {
            ranges.push(split..within.end);
            within.end = split;
        } else {
            ranges.push(within.start..split);
            within.start = split;
        }
    }
    ranges.reverse();
    ranges
}

/// The ranges of leaves whose roots prove that the tree of `old` leaves is the start
/// of the one of `new`. Empty unless `0 < old < new`.
#[must_use]
pub fn consistency_ranges(old: u64, new: u64) -> Vec<Range<u64>> {
    let mut ranges = Vec::new();
    if old == 0 || old >= new {
        return ranges;
    }
    let mut within = 0..new;
    while within.end != old {
        let split = within.start + left_half(within.end - within.start);
        if old <= split {
            ranges.push(split..within.end);
            within.end = split;
        } else {
            ranges.push(within.start..split);
            within.start = split;
        }
    }
    // The old root is known to whoever checks; a part of it is not.
    if within.start != 0 {
        ranges.push(within);
    }
    ranges.reverse();
    ranges
}

/// Proof that leaf `index` is among `leaves`.
#[must_use]
pub fn inclusion_proof(leaves: &[Hash], index: u64) -> Vec<Hash> {
    inclusion_ranges(index, leaves.len() as u64).into_iter().map(|range| range_root(leaves, range)).collect()
}

/// Proof that the first `old` of `leaves` are the start of all of them.
#[must_use]
pub fn consistency_proof(leaves: &[Hash], old: u64) -> Vec<Hash> {
    consistency_ranges(old, leaves.len() as u64).into_iter().map(|range| range_root(leaves, range)).collect()
}

/// Whether `proof` shows that `leaf` stands at `index` in the tree of `size` with `root`.
#[must_use]
pub fn check_inclusion(leaf: Hash, index: u64, size: u64, proof: &[Hash], root: Hash) -> bool {
    let ranges = inclusion_ranges(index, size);
    if index >= size || ranges.len() != proof.len() {
        return false;
    }
    let computed = ranges.iter().zip(proof).fold(leaf, |node, (range, other)| {
        if range.start > index { node_hash(&node, other) } else { node_hash(other, &node) }
    });
    computed == root
}

/// Whether `proof` shows that the tree of `old` leaves with `old_root` is the start of
/// the tree of `new` leaves with `new_root`.
#[must_use]
pub fn check_consistency(old: u64, old_root: Hash, new: u64, new_root: Hash, proof: &[Hash]) -> bool {
    if old > new || (old == new && old_root != new_root) {
        return false;
    }
    if old == 0 || old == new {
        return proof.is_empty() && (old != 0 || old_root == super::empty_root());
    }
    let ranges = consistency_ranges(old, new);
    if ranges.len() != proof.len() {
        return false;
    }
    let mut steps = ranges.iter().zip(proof).peekable();
    // A part of the old tree stands first in the proof unless the old tree is complete.
    let seed = match steps.next_if(|(range, _)| range.end == old) {
        Some((_, part)) => *part,
        None => old_root,
    };
    let (mut old_node, mut new_node) = (seed, seed);
    for (range, other) in steps {
        if range.start >= old {
            new_node = node_hash(&new_node, other);
        } else {
            old_node = node_hash(other, &old_node);
            new_node = node_hash(other, &new_node);
        }
    }
    old_node == old_root && new_node == new_root
}

/// Root over a range of `leaves`.
fn range_root(leaves: &[Hash], range: Range<u64>) -> Hash {
    let mut frontier = Frontier::new();
    let (start, end) = (range.start as usize, range.end as usize);
    leaves[start..end].iter().for_each(|leaf| frontier.push_hash(*leaf));
    frontier.root()
}

/// The largest power of two below `size`, which is at least 2.
fn left_half(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::leaf_hash;

    fn leaves(size: u64) -> Vec<Hash> {
        (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect()
    }

    #[test]
    fn every_leaf_of_every_small_tree_is_proved_and_no_other() {
        for size in 1..40 {
            let leaves = leaves(size);
            let root = range_root(&leaves, 0..size);
            for index in 0..size {
                let proof = inclusion_proof(&leaves, index);
                for claimed in 0..size + 2 {
                    let shown = check_inclusion(leaves[index as usize], claimed, size, &proof, root);
                    assert_eq!(shown, claimed == index, "{index} as {claimed} of {size}");
                }
                assert!(!check_inclusion(leaf_hash(b"another"), index, size, &proof, root));
            }
        }
    }

    #[test]
    fn every_small_tree_is_proved_the_start_of_every_larger_one() {
        for new in 0..40 {
            let leaves = leaves(new);
            let new_root = range_root(&leaves, 0..new);
            for old in 0..=new {
                let old_root = range_root(&leaves, 0..old);
                let proof = consistency_proof(&leaves, old);
                assert!(check_consistency(old, old_root, new, new_root, &proof), "{old} of {new}");
                assert!(!check_consistency(old, leaf_hash(b"another"), new, new_root, &proof), "{old} of {new}");
                if old > 0 {
                    assert!(!check_consistency(old, old_root, new, leaf_hash(b"another"), &proof), "{old} of {new}");
                }
                let longer = [proof.as_slice(), &[Hash::ZERO]].concat();
                assert!(!check_consistency(old, old_root, new, new_root, &longer), "{old} of {new}");
            }
        }
    }

    #[test]
    fn the_root_of_a_range_is_that_of_its_complete_subtrees() {
        let leaves = leaves(37);
        for old in 1..37 {
            for range in consistency_ranges(old, 37) {
                let roots: Vec<Hash> = subtrees(range.clone())
                    .into_iter()
                    .map(|part| range_root(&leaves, part.index << part.level..(part.index + 1) << part.level))
                    .collect();
                assert_eq!(root_of(&roots), Some(range_root(&leaves, range)));
            }
        }
    }
}
