//! The part of the state that follows what is committed to: the owners' chains, their
//! heads, and the tree.

use super::checked::Checked;
use crate::declaration::{Declaration, HeadsCommitted};
use crate::entry::Entry;
use crate::fault::FaultKind;
use crate::hash::Hash;
use crate::tree::{Frontier, Head, HeadsTree};

/// The tree as it was when the heads were committed: where a checkpoint may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeadsRoot {
    /// Number of entries, the last of which is the `log.heads_committed`.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
    /// Whether that entry is the last of its append.
    pub ends_append: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Commitments {
    heads: HeadsTree,
    tree: Frontier,
    heads_roots: Vec<HeadsRoot>,
}

impl Commitments {
    /// The tree over the entries.
    #[must_use]
    pub fn tree(&self) -> &Frontier {
        &self.tree
    }

    /// The owners' heads.
    pub fn heads(&mut self) -> &mut HeadsTree {
        &mut self.heads
    }

    /// The trees on which a checkpoint may stand, ascending by size.
    #[must_use]
    pub fn heads_roots(&self) -> &[HeadsRoot] {
        &self.heads_roots
    }

    /// Checks and takes in the next entry.
    pub fn entry(&mut self, checked: &Checked<'_>) -> Result<(), FaultKind> {
        let entry = &checked.entry;
        self.owner_chain(entry)?;
        let heads = match checked.declaration.as_deref() {
            Some(Declaration::HeadsCommitted(heads)) => Some(heads),
            Some(_) | None => None,
        };
        if let Some(heads) = heads {
            self.check_heads(entry, heads)?;
        }
        self.heads.update(entry.owner, entry.owner_sequence, checked.hash);
        self.tree.push_hash(checked.leaf);
        if heads.is_some() {
            let ends_append = entry.ends_append();
            self.heads_roots.push(HeadsRoot { size: self.tree.size(), root: self.tree.root(), ends_append });
        }
        Ok(())
    }

    fn owner_chain(&self, entry: &Entry<'_>) -> Result<(), FaultKind> {
        let before = self.heads.head(entry.owner).unwrap_or(Head::NONE);
        let good = entry.owner_sequence == before.owner_sequence + 1 && entry.owner_prev == before.hash;
        if good { Ok(()) } else { Err(FaultKind::OwnerChain) }
    }

    fn check_heads(&mut self, entry: &Entry<'_>, heads: &HeadsCommitted) -> Result<(), FaultKind> {
        let good =
            heads.size == entry.position - 1 && heads.owners == self.heads.len() && heads.root == self.heads.root();
        if good { Ok(()) } else { Err(FaultKind::Heads) }
    }
}
