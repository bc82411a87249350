//! The Merkle tree over the log (RFC 6962 section 2.1 with SHA-256), its proofs, and
//! the smaller tree over the owners' heads (format, sections 4 and 5).
//!
//! Nothing here reads a store: a caller brings the hashes.

mod frontier;
mod heads;
mod proof;

pub use frontier::Frontier;
pub use heads::{Head, HeadProof, HeadsTree, head_leaf};
pub use proof::{
    Subtree, check_consistency, check_inclusion, consistency_proof, consistency_ranges, inclusion_proof,
    inclusion_ranges, root_of, subtrees,
};

use sha2::{Digest, Sha256};

use crate::hash::Hash;

/// Hash of a leaf: SHA-256 over `00 ‖ bytes`.
#[must_use]
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    Hash(Sha256::new_with_prefix([0]).chain_update(bytes).finalize().into())
}

/// Hash of an inner node: SHA-256 over `01 ‖ left ‖ right`.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [1; 65];
    bytes[1..33].copy_from_slice(&left.0);
    bytes[33..].copy_from_slice(&right.0);
    Hash(Sha256::digest(bytes).into())
}

/// Root of the tree without leaves: SHA-256 over nothing.
#[must_use]
pub fn empty_root() -> Hash {
    Hash(Sha256::digest([]).into())
}
