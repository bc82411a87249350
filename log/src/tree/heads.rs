//! The tree over the owners' heads (format, section 5): which entry was each owner's
//! last, so that one root commits to every owner's chain.
//!
//! Kept up incrementally: an update marks its owner, and [`HeadsTree::root`] computes
//! only the leaves and paths of what was marked. The tree is kept level by level; a
//! node without a sibling is carried up unchanged, which gives the shape of RFC 6962.

use foldhash::HashMap;
use uuid::Uuid;

use super::{empty_root, inclusion_ranges, leaf_hash, node_hash};
use crate::entry::Owner;
use crate::hash::Hash;

/// An owner's last entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Its place among the owner's entries.
    pub owner_sequence: u64,
    /// Its hash.
    pub hash: Hash,
}

impl Head {
    /// Of an owner without entries.
    pub const NONE: Self = Self { owner_sequence: 0, hash: Hash::ZERO };
}

/// Proof that an owner's head is under a heads root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadProof {
    /// Index of the owner's leaf.
    pub index: u64,
    /// Hashes from the leaf to the root.
    pub hashes: Vec<Hash>,
}

/// Hash of an owner's leaf: `owner (zeros for the platform) ‖ sequence ‖ hash`.
#[must_use]
pub fn head_leaf(owner: Owner, head: &Head) -> Hash {
    let mut bytes = [0; 56];
    bytes[..16].copy_from_slice(owner.unwrap_or_default().as_bytes());
    bytes[16..24].copy_from_slice(&head.owner_sequence.to_be_bytes());
    bytes[24..].copy_from_slice(&head.hash.0);
    leaf_hash(&bytes)
}

/// One owner. Its place in [`HeadsTree::slots`] never changes; its rank does when
/// an owner before it appears.
#[derive(Debug, Clone)]
struct Slot {
    owner: Owner,
    head: Head,
    leaf: Hash,
    marked: bool,
}

/// The heads of all owners, and the tree over them.
#[derive(Debug, Clone, Default)]
pub struct HeadsTree {
    by_owner: HashMap<Uuid, u32>,
    slots: Vec<Slot>,
    /// Slots ascending by owner, as of the last [`root`](Self::root).
    order: Vec<u32>,
    /// The inverse of `order`.
    ranks: Vec<u32>,
    /// Slots that changed since.
    marked: Vec<u32>,
    /// `levels[0]` holds the leaves, the last level the root.
    levels: Vec<Vec<Hash>>,
}

impl HeadsTree {
    /// No owners.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of owners.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.slots.len() as u64
    }

    /// Whether there is no owner.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The owner's last entry.
    #[must_use]
    pub fn head(&self, owner: Owner) -> Option<Head> {
        let slot = *self.by_owner.get(&owner.unwrap_or_default())?;
        Some(self.slots[slot as usize].head)
    }

    /// All owners with their heads, in no order.
    pub fn heads(&self) -> impl Iterator<Item = (Owner, Head)> {
        self.slots.iter().map(|slot| (slot.owner, slot.head))
    }

    /// Makes an entry the owner's last.
    pub fn update(&mut self, owner: Owner, owner_sequence: u64, hash: Hash) {
        let head = Head { owner_sequence, hash };
        let next = u32::try_from(self.slots.len()).expect("fewer than 2^32 owners");
        let place = *self.by_owner.entry(owner.unwrap_or_default()).or_insert(next);
        if place == next {
            self.slots.push(Slot { owner, head, leaf: Hash::ZERO, marked: false });
        }
        let slot = &mut self.slots[place as usize];
        slot.head = head;
        if !slot.marked {
            slot.marked = true;
            self.marked.push(place);
        }
    }

    /// Root over all heads.
    pub fn root(&mut self) -> Hash {
        self.settle();
        self.levels.last().and_then(|top| top.first()).copied().unwrap_or_else(empty_root)
    }

    /// Proof of the owner's head under [`root`](Self::root).
    pub fn proof(&mut self, owner: Owner) -> Option<HeadProof> {
        self.settle();
        let slot = *self.by_owner.get(&owner.unwrap_or_default())?;
        let index = u64::from(self.ranks[slot as usize]);
        let hashes = inclusion_ranges(index, self.len())
            .into_iter()
            .map(|range| {
                let level = (range.end - range.start).next_power_of_two().ilog2();
                self.levels[level as usize][(range.start >> level) as usize]
            })
            .collect();
        Some(HeadProof { index, hashes })
    }

    /// Computes what was marked.
    fn settle(&mut self) {
        if self.marked.is_empty() {
            return;
        }
        let moved = self.take_in_new_owners();
        let mut changed = Vec::with_capacity(self.marked.len());
        for place in self.marked.drain(..) {
            let slot = &mut self.slots[place as usize];
            slot.marked = false;
            slot.leaf = head_leaf(slot.owner, &slot.head);
            let rank = self.ranks[place as usize];
            if rank < moved {
                self.levels[0][rank as usize] = slot.leaf;
                changed.push(rank);
            }
        }
        changed.sort_unstable();
        let leaves = &mut self.levels[0];
        leaves.truncate(moved as usize);
        leaves.extend(self.order[moved as usize..].iter().map(|place| self.slots[*place as usize].leaf));
        self.rise(changed, moved as usize);
    }

    /// Puts new owners in their places. Answers the first rank that changed.
    fn take_in_new_owners(&mut self) -> u32 {
        let known = self.order.len();
        if known == self.slots.len() {
            return known as u32;
        }
        let mut fresh: Vec<u32> = (known as u32..self.slots.len() as u32).collect();
        let owner = |place: &u32| self.slots[*place as usize].owner.unwrap_or_default();
        fresh.sort_unstable_by_key(owner);
        let first = owner(&fresh[0]);
        let moved = self.order.partition_point(|place| owner(place) < first);
        let mut tail = self.order.split_off(moved);
        tail.append(&mut fresh);
        tail.sort_by_key(owner);
        self.order.append(&mut tail);
        self.ranks.resize(self.slots.len(), 0);
        for (rank, place) in self.order.iter().enumerate().skip(moved) {
            self.ranks[*place as usize] = rank as u32;
        }
        if self.levels.is_empty() {
            self.levels.push(Vec::new());
        }
        moved as u32
    }

    /// Recomputes the levels above the leaves: the paths of `changed` ranks, and
    /// everything from rank `moved` on.
    fn rise(&mut self, mut changed: Vec<u32>, mut moved: usize) {
        let mut level = 0;
        while self.levels[level].len() > 1 {
            if self.levels.len() == level + 1 {
                self.levels.push(Vec::new());
            }
            let (below, above) = self.levels.split_at_mut(level + 1);
            let (below, above) = (&below[level], &mut above[0]);
            moved /= 2;
            changed.iter_mut().for_each(|rank| *rank /= 2);
            changed.dedup();
            for rank in changed.iter().map(|rank| *rank as usize).take_while(|rank| *rank < moved) {
                above[rank] = parent(&below[rank * 2..]);
            }
            above.truncate(moved);
            above.extend(below[moved * 2..].chunks(2).map(parent));
            level += 1;
        }
    }
}

/// The node over the first two, or over the only one.
fn parent(children: &[Hash]) -> Hash {
    match children {
        [left, right, ..] => node_hash(left, right),
        [alone] => *alone,
        [] => unreachable!("a node has a child"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Frontier, check_inclusion};

    fn plain_root(tree: &HeadsTree) -> Hash {
        let mut heads: Vec<(Owner, Head)> = tree.heads().collect();
        heads.sort_by_key(|(owner, _)| owner.unwrap_or_default());
        let mut frontier = Frontier::new();
        heads.iter().for_each(|(owner, head)| frontier.push_hash(head_leaf(*owner, head)));
        frontier.root()
    }

    /// Owners that come in no order.
    fn owner(n: u64) -> Owner {
        (n != 5).then(|| Uuid::from_u64_pair(n.wrapping_mul(0x9e37_79b9_7f4a_7c15), 1))
    }

    #[test]
    fn the_incremental_root_is_the_plain_one() {
        let mut tree = HeadsTree::new();
        assert_eq!(tree.root(), empty_root());
        for step in 0..600u64 {
            // Owners come and change; sometimes many between two roots, sometimes none.
            tree.update(owner(step * 31 % (step / 3 + 1)), step + 1, Hash::of_blob(&step.to_be_bytes()));
            if step % 7 < 3 {
                let plain = plain_root(&tree);
                assert_eq!(tree.root(), plain, "step {step}");
                assert_eq!(tree.root(), plain, "step {step}, asked twice");
            }
        }
        assert!(tree.len() > 50);
    }

    #[test]
    fn every_head_is_proved_under_the_root() {
        for owners in 1..70 {
            let mut tree = HeadsTree::new();
            (0..owners).for_each(|n| tree.update(owner(n), n + 1, Hash::of_blob(&n.to_be_bytes())));
            let root = tree.root();
            for n in 0..owners {
                let head = tree.head(owner(n)).expect("it was just put there");
                let proof = tree.proof(owner(n)).expect("it is there");
                let leaf = head_leaf(owner(n), &head);
                assert!(check_inclusion(leaf, proof.index, owners, &proof.hashes, root), "{n} of {owners}");
            }
        }
    }
}
