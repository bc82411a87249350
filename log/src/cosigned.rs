//! What the log tells about its checkpoints: which keys sign them, and what witnesses say of
//! them.

use crate::Log;
use crate::checkpoint::{SignatureLine, VerifierKey};
use crate::cosignature::WitnessKey;
use crate::declaration::Declaration;
use crate::entry::PayloadRef;
use crate::state::KeyList;
use crate::store::{LogStore, StoreError};

impl Log {
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
        key_lists(&**self.store()).await
    }

    /// The keys in force: the last of those lists.
    pub async fn keys(&self) -> Result<Vec<VerifierKey>, StoreError> {
        Ok(self.key_lists().await?.pop().map(|list| list.keys).unwrap_or_default())
    }
}

/// See [`Log::key_lists`].
pub(crate) async fn key_lists(store: &dyn LogStore) -> Result<Vec<KeyList>, StoreError> {
    let mut lists = Vec::new();
    for stored in store.declarations().await? {
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
