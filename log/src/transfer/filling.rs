//! An empty store being filled with entries that were verified: their rows, the claims that
//! they leave held, their blobs and bodies, and the checkpoints that cover them. All of it
//! in one transaction, which whoever fills the store begins and commits.
//!
//! What this is not for: telling good entries from bad ones.

use std::sync::Arc;

use foldhash::HashMap;

use super::fields::BlobFields;
use crate::append::StreamId;
use crate::checkpoint::SignedCheckpoint;
use crate::declaration::{Declaration, HEADS_COMMITTED, LOG_KIND};
use crate::entry::{Entry, PayloadRef};
use crate::hash::Hash;
use crate::store::{Batch, ClaimKey, HeadRow, HeldClaim, LockedHead, PublishedCheckpoint, Row, StoreError, Written};
use crate::tree::Frontier;

/// Why a store was not filled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FillError {
    /// What was verified is not what came.
    #[error("{0}")]
    Changed(&'static str),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is known of the entries so far.
pub(crate) struct Filling {
    head: HeadRow,
    tree: Frontier,
    fields: BlobFields,
    claims: HashMap<ClaimKey, StreamId>,
    /// Blobs and bodies that no entry has named yet, by either digest.
    by_blob_digest: HashMap<Hash, Arc<[u8]>>,
    by_body_digest: HashMap<Hash, Arc<[u8]>>,
    /// Bodies that were written, by the position of their entry: a later entry may erase them.
    written: HashMap<u64, Hash>,
    /// The frontier before each entry that commits heads: a checkpoint may end there.
    peaks: HashMap<u64, Vec<Hash>>,
    checkpoints: Vec<PublishedCheckpoint>,
}

impl Filling {
    /// Nothing yet, in a store with this head, which is that of an empty log.
    pub(crate) fn new(head: HeadRow) -> Self {
        Self {
            head,
            tree: Frontier::new(),
            fields: BlobFields::default(),
            claims: HashMap::default(),
            by_blob_digest: HashMap::default(),
            by_body_digest: HashMap::default(),
            written: HashMap::default(),
            peaks: HashMap::default(),
            checkpoints: Vec::new(),
        }
    }

    /// The head that the entries so far come to.
    pub(crate) fn head(&self) -> &HeadRow {
        &self.head
    }

    /// The tree over the entries so far.
    pub(crate) fn tree(&self) -> &Frontier {
        &self.tree
    }

    /// A batch for the next entries.
    pub(crate) fn begin(&self, clock: u64) -> Batch {
        Batch {
            before: self.head.clone(),
            after: self.head.clone(),
            clock,
            rows: Vec::new(),
            claims: Vec::new(),
            blobs: Vec::new(),
            bodies: Vec::new(),
            erased: Vec::new(),
        }
    }

    /// Takes in a blob or a body, for a later entry to name.
    pub(crate) fn bring(&mut self, bytes: Arc<[u8]>) {
        self.by_blob_digest.insert(Hash::of_blob(&bytes), Arc::clone(&bytes));
        self.by_body_digest.insert(Hash::of_detached(&bytes), bytes);
    }

    /// Puts the next entry into a batch, with what it names and was brought.
    pub(crate) fn entry(&mut self, bytes: Arc<[u8]>, batch: &mut Batch) -> Result<(), FillError> {
        let entry = Entry::decode(&bytes).map_err(|_| FillError::Changed("an entry"))?;
        let mut body = None;
        if let PayloadRef::Detached { digest, .. } = entry.payload
            && let Some(bytes) = self.by_body_digest.remove(&digest)
        {
            self.by_blob_digest.remove(&Hash::of_blob(&bytes));
            self.written.insert(entry.position, digest);
            batch.bodies.push((digest, Arc::clone(&bytes)));
            body = Some(bytes);
        }
        for digest in self.fields.named_by(&entry, body.as_deref())? {
            // Absent: an entry before has named it.
            if let Some(blob) = self.by_blob_digest.remove(&digest) {
                self.by_body_digest.remove(&Hash::of_detached(&blob));
                batch.blobs.push((digest, blob));
            }
        }
        for claim in &entry.claims {
            let key = (claim.scope.to_owned().into(), claim.name);
            if claim.takes {
                self.claims.insert(key, StreamId::new(entry.stream.kind.to_owned(), entry.stream.id));
            } else {
                self.claims.remove(&key);
            }
        }
        if entry.event == HEADS_COMMITTED {
            self.peaks.insert(entry.position, self.tree.peaks().to_vec());
        }
        self.erase(&entry, batch);
        self.tree.push_leaf(&bytes);
        self.head.position = entry.position;
        self.head.recorded_at = entry.recorded_at;
        self.head.hash = Hash::of_entry(&bytes);
        batch.rows.push(Row::of(&entry, Arc::clone(&bytes)));
        Ok(())
    }

    /// What was erased stays erased, even where a copy still had it.
    fn erase(&mut self, entry: &Entry<'_>, batch: &mut Batch) {
        let PayloadRef::Inline(payload) = entry.payload else { return };
        if entry.stream.kind != LOG_KIND {
            return;
        }
        let Ok(Declaration::PayloadErased { positions, .. }) = Declaration::decode(entry.event, payload) else {
            return;
        };
        for digest in positions.iter().filter_map(|position| self.written.remove(position)) {
            // One of the same batch is not written at all.
            match batch.bodies.iter().position(|(written, _)| *written == digest) {
                Some(place) => drop(batch.bodies.swap_remove(place)),
                None => batch.erased.push(digest),
            }
        }
    }

    /// Writes a batch.
    pub(crate) async fn write(&mut self, locked: &mut dyn LockedHead, mut batch: Batch) -> Result<(), FillError> {
        if batch.rows.is_empty() {
            return Ok(());
        }
        self.head.frontier = self.tree.peaks().to_vec();
        batch.after = self.head.clone();
        match locked.write(&batch).await? {
            Written::Done => Ok(()),
            Written::HeadMoved | Written::Collision => Err(FillError::Changed("an entry twice")),
        }
    }

    /// Takes in a checkpoint that covers entries so far.
    pub(crate) fn checkpoint(&mut self, signed: &SignedCheckpoint) {
        let size = signed.checkpoint().size;
        // Only one that ends on committed heads is good.
        if let Some(peaks_before) = self.peaks.get(&size).cloned() {
            self.checkpoints.push(PublishedCheckpoint { size, note: signed.to_string(), peaks_before });
        }
    }

    /// Writes what is known only now: the claims, and the checkpoints.
    pub(crate) async fn finish(&self, locked: &mut dyn LockedHead) -> Result<(), StoreError> {
        let claim = |((scope, name), holder): (&ClaimKey, &StreamId)| HeldClaim {
            scope: scope.clone(),
            name: *name,
            holder: holder.clone(),
        };
        let claims: Vec<HeldClaim> = self.claims.iter().map(claim).collect();
        locked.replace_claims(&claims).await?;
        for checkpoint in &self.checkpoints {
            locked.put_checkpoint(checkpoint).await?;
        }
        Ok(())
    }
}
