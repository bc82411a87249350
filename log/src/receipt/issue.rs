//! Receipts and extensions out of a log. Each is checked before it is given away: a tile
//! that lies cannot make one that anybody would refuse.

use super::{Extension, Receipt};
use crate::checkpoint::SignedCheckpoint;
use crate::evidence::Proved;
use crate::log::Log;
use crate::store::{PublishedCheckpoint, StoreError};
use crate::tiles::TreeError;
use crate::tree::{check_consistency, check_inclusion, leaf_hash};

impl Log {
    /// The receipt of the entry at a position, under a checkpoint that covers it.
    pub async fn receipt(&self, position: u64, under: &PublishedCheckpoint) -> Result<Receipt, TreeError> {
        Ok(self.proved(position, under).await?.receipt)
    }

    /// The same, with the entry's bytes.
    pub async fn proved(&self, position: u64, under: &PublishedCheckpoint) -> Result<Proved, TreeError> {
        let signed = signed(under)?;
        let (size, root) = (signed.checkpoint().size, signed.checkpoint().root);
        let index = position.checked_sub(1).ok_or(TreeError::Beyond { size })?;
        let mut tree = self.tree(size).await?;
        let proof = tree.inclusion(index).await?;
        let missing = || StoreError::Damaged(format!("entry {position} is missing"));
        let entry = self.entry(position).await?.ok_or_else(missing)?;
        if !check_inclusion(leaf_hash(&entry.bytes), index, size, &proof, root) {
            return Err(differs(position, size).into());
        }
        Ok(Proved { entry: entry.bytes.to_vec(), receipt: Receipt::new(index, proof, signed) })
    }

    /// The proof that a checkpoint extends an older one.
    pub async fn extension(
        &self,
        older: &PublishedCheckpoint,
        newer: &PublishedCheckpoint,
    ) -> Result<Extension, TreeError> {
        let (old, new) = (signed(older)?, signed(newer)?);
        let (old, tree) = (old.checkpoint(), new.checkpoint());
        let proof = self.tree(tree.size).await?.consistency(old.size).await?;
        if !check_consistency(old.size, old.root, tree.size, tree.root, &proof) {
            return Err(differs(old.size, tree.size).into());
        }
        Ok(Extension::new(old.size, proof, new))
    }
}

fn signed(checkpoint: &PublishedCheckpoint) -> Result<SignedCheckpoint, StoreError> {
    let damaged = |_| StoreError::Damaged(format!("the checkpoint of size {}", checkpoint.size));
    checkpoint.note.parse().map_err(damaged)
}

fn differs(position: u64, size: u64) -> StoreError {
    StoreError::Damaged(format!("the proof for {position} does not lead to the root that was signed for size {size}"))
}
