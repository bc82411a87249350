//! What the log tells about its checkpoints: which keys sign them, what witnesses say of
//! them, and how one goes on from another.

use crate::Log;
use crate::checkpoint::{SignatureLine, VerifierKey};
use crate::cosignature::WitnessKey;
use crate::declaration::Declaration;
use crate::entry::PayloadRef;
use crate::hash::Hash;
use crate::state::KeyList;
use crate::store::{PublishedCheckpoint, StoreError};
use crate::tiles::TreeError;

impl Log {
    /// The last checkpoint, with the cosignatures of it that have come by now.
    pub async fn published_checkpoint(&self) -> Result<Option<PublishedCheckpoint>, StoreError> {
        self.store().last_checkpoint().await
    }

    /// The last checkpoint that so many witnesses cosigned; it may lag behind the last.
    pub async fn cosigned_checkpoint(&self, witnesses: u32) -> Result<Option<PublishedCheckpoint>, StoreError> {
        self.store().cosigned_checkpoint(witnesses).await
    }

    /// Size of the last checkpoint that this witness cosigned.
    pub async fn last_cosigned_by(&self, witness: &WitnessKey) -> Result<Option<u64>, StoreError> {
        self.store().last_cosigned_by(&witness.to_string()).await
    }

    /// Keeps what a witness says of the checkpoint of this size. Whether it is true is for
    /// the caller to have checked.
    pub async fn keep_cosignature(
        &self,
        size: u64,
        witness: &WitnessKey,
        line: &SignatureLine,
    ) -> Result<(), StoreError> {
        self.store().put_cosignature(size, &witness.to_string(), &line.to_string()).await
    }

    /// The lists of keys, in the order in which they came in force; the last is in force.
    pub async fn key_lists(&self) -> Result<Vec<KeyList>, StoreError> {
        let mut lists = Vec::new();
        for stored in self.store().declarations().await? {
            let damaged = |why: String| StoreError::Damaged(format!("entry {}: {why}", stored.position));
            let entry = stored.entry().map_err(|error| damaged(error.to_string()))?;
            let PayloadRef::Inline(payload) = entry.payload else { continue };
            match Declaration::decode(entry.event, payload).map_err(|error| damaged(error.to_string()))? {
                Declaration::Created { keys, .. } | Declaration::KeysChanged { keys } => {
                    lists.push(KeyList { since: stored.position, keys });
                }
                Declaration::KindDeclared { .. }
                | Declaration::SchemaDeclared(_)
                | Declaration::HeadsCommitted(_)
                | Declaration::PayloadErased { .. } => {}
            }
        }
        Ok(lists)
    }

    /// The list of keys that an entry put in force; `None` if it did not.
    pub async fn keys_put_in_force_at(&self, position: u64) -> Result<Option<Vec<VerifierKey>>, StoreError> {
        let lists = self.key_lists().await?;
        Ok(lists.into_iter().find(|list| list.since == position).map(|list| list.keys))
    }

    /// Proof that the tree of the first `old` entries is the start of that of the first
    /// `new`.
    pub async fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, TreeError> {
        self.tree(new).await?.consistency(old).await
    }
}
