//! Receipts and extensions out of a log. Each is checked before it is given away: a tile
//! that lies cannot make one that anybody would refuse.

use super::{Extension, Receipt};
use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::evidence::Proved;
use crate::hash::Hash;
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
        let proof = self.proof(old.checkpoint().size, old.checkpoint().root, new.checkpoint()).await?;
        Ok(Extension::new(old.checkpoint().size, proof, new))
    }

    /// The proof that a checkpoint goes on from the tree of the first `old` entries: from the
    /// root that was signed of it, or that its entries have where none was.
    pub async fn goes_on(&self, old: u64, newer: &Checkpoint) -> Result<Vec<Hash>, TreeError> {
        if old > newer.size {
            return Err(TreeError::Beyond { size: newer.size });
        }
        let root = match self.checkpoint(old).await? {
            Some(published) => signed(&published)?.checkpoint().root,
            None => self.tree(old).await?.root().await?,
        };
        self.proof(old, root, newer).await
    }

    async fn proof(&self, old: u64, root: Hash, newer: &Checkpoint) -> Result<Vec<Hash>, TreeError> {
        let proof = self.tree(newer.size).await?.consistency(old).await?;
        if !check_consistency(old, root, newer.size, newer.root, &proof) {
            return Err(differs(old, newer.size).into());
        }
        Ok(proof)
    }
}

fn signed(checkpoint: &PublishedCheckpoint) -> Result<SignedCheckpoint, StoreError> {
    let damaged = |_| StoreError::Damaged(format!("the checkpoint of size {}", checkpoint.size));
    checkpoint.note.parse().map_err(damaged)
}

fn differs(position: u64, size: u64) -> StoreError {
    StoreError::Damaged(format!("the proof for {position} does not lead to the root that was signed for size {size}"))
}
