//! The log as far as it was rebuilt: verified, then put into batches append by append.

use std::collections::BTreeSet;
use std::sync::Arc;

use foldhash::HashSet;

use super::error::RestoreError;
use super::page::Page;
use super::proof::Proof;
use super::report::{Loss, Restored};
use super::source::{Source, SourceError};
use crate::checkpoint::SignedCheckpoint;
use crate::declaration::Declaration;
use crate::entry::{DecodeError, PayloadRef};
use crate::fault::{Fault, FaultKind};
use crate::hash::Hash;
use crate::state::{Checked, CheckedBlob, LogState};
use crate::store::{Batch, HeadRow, LockedHead};
use crate::transfer::{BlobFields, FillError, Filling};
use crate::verify;

/// See the module.
pub(super) struct Rebuilding {
    /// After the last entry that was read, be its append whole or not.
    state: LogState,
    fields: BlobFields,
    /// Blobs that an entry has named before.
    blobs: HashSet<Hash>,
    /// The append that is being read.
    open: Open,
    /// The last whole append, as long as nothing vouches for its last entry: an entry that
    /// was altered shows in the one after it.
    last: Open,
    /// After the append before that.
    filling: Filling,
    absent: BTreeSet<u64>,
    erased: BTreeSet<u64>,
}

/// An append that was not put into a batch yet.
#[derive(Default)]
struct Open {
    entries: Vec<Arc<[u8]>>,
    brought: Vec<Arc<[u8]>>,
    absent: Vec<u64>,
    erased: Vec<u64>,
}

impl Rebuilding {
    pub(super) fn new(head: HeadRow) -> Self {
        Self {
            state: LogState::new(None),
            fields: BlobFields::default(),
            blobs: HashSet::default(),
            open: Open::default(),
            last: Open::default(),
            filling: Filling::new(head),
            absent: BTreeSet::new(),
            erased: BTreeSet::new(),
        }
    }

    /// Position of the last entry that was put into a batch.
    pub(super) fn position(&self) -> u64 {
        self.filling.head().position
    }

    /// Position of the last entry of the last whole append, whether something vouches for
    /// it or not.
    pub(super) fn whole(&self) -> u64 {
        self.position() + self.last.entries.len() as u64
    }

    /// Position of the last entry that was read.
    pub(super) fn read(&self) -> u64 {
        self.whole() + self.open.entries.len() as u64
    }

    /// What was verified; after a fault it may know a little more than was restored.
    pub(super) fn state(&self) -> &LogState {
        &self.state
    }

    /// A batch for the next page.
    pub(super) fn begin(&self, clock: u64) -> Batch {
        self.filling.begin(clock)
    }

    /// Takes in a page. Answers what was not good, if anything was: the good appends before
    /// it are in the batch, or the last of them waits.
    pub(super) async fn take(
        &mut self,
        source: &dyn Source,
        page: Page,
        batch: &mut Batch,
    ) -> Result<Option<String>, RestoreError> {
        for bytes in &page.entries {
            match self.entry(source, bytes, &page).await {
                Ok(ends_append) => {
                    // It chains to the append before it, which is as it was written therefore.
                    self.settle(batch)?;
                    if ends_append {
                        self.last = std::mem::take(&mut self.open);
                    }
                }
                Err(Bad::Fault(kind)) => {
                    let fault = Fault { position: self.read() + 1, kind };
                    // Checked in this order: it chains to the append before it, whatever else is wrong.
                    if kind > FaultKind::Chain {
                        self.settle(batch)?;
                    }
                    return Ok(Some(fault.to_string()));
                }
                Err(Bad::Source(SourceError::Damaged(why))) => return Ok(Some(why)),
                Err(Bad::Source(error @ SourceError::Unavailable(_))) => return Err(error.into()),
            }
        }
        Ok(None)
    }

    /// Verifies the next entry with what it names. Answers whether it ends its append.
    async fn entry(&mut self, source: &dyn Source, bytes: &Arc<[u8]>, page: &Page) -> Result<bool, Bad> {
        let checked = Checked::new(bytes).map_err(|error| match error {
            DecodeError::Format => FaultKind::Format,
            DecodeError::Encoding(_) => FaultKind::Encoding,
        })?;
        let entry = &checked.entry;
        let mut body = None;
        if let PayloadRef::Detached { digest, .. } = entry.payload {
            body = page.bodies.get(&digest).cloned();
            match &body {
                Some(body) => self.open.brought.push(Arc::clone(body)),
                None => self.open.absent.push(entry.position),
            }
        }
        if let Some(body) = &body {
            self.state.blob(&CheckedBlob::new(body));
        }
        for digest in self.fields.named_by(entry, body.as_deref()).map_err(|_| FaultKind::Blob)? {
            let blob = if self.blobs.insert(digest) { source.blob(digest).await? } else { None };
            // Where it is missing, the state finds out.
            if let Some(blob) = blob.filter(|blob| Hash::of_blob(blob) == digest) {
                self.state.blob(&CheckedBlob::new(&blob));
                self.open.brought.push(blob);
            }
        }
        if let Some(Declaration::PayloadErased { positions, .. }) = checked.declaration.as_deref() {
            self.open.erased.extend(positions);
        }
        self.state.entry(&checked).map_err(|fault| fault.kind)?;
        self.open.entries.push(Arc::clone(bytes));
        Ok(entry.ends_append())
    }

    /// Puts the append that waits into the batch: something vouches for it.
    pub(super) fn settle(&mut self, batch: &mut Batch) -> Result<(), FillError> {
        let Open { entries, brought, absent, erased } = std::mem::take(&mut self.last);
        for bytes in brought {
            self.filling.bring(bytes);
        }
        for bytes in entries {
            self.filling.entry(bytes, batch)?;
        }
        self.absent.extend(absent);
        for position in erased {
            // Also where the copy still had it: it was not kept.
            self.absent.remove(&position);
            self.erased.insert(position);
        }
        Ok(())
    }

    /// Writes a batch.
    pub(super) async fn write(&mut self, locked: &mut dyn LockedHead, batch: Batch) -> Result<(), RestoreError> {
        Ok(self.filling.write(locked, batch).await?)
    }

    /// What is wrong if the copy ends here.
    pub(super) fn cut(&self) -> Option<String> {
        let inside = !self.open.entries.is_empty();
        inside.then(|| format!("the copy ends inside an append, after entry {}", self.read()))
    }

    /// Takes in a checkpoint that covers what was restored.
    pub(super) fn checkpoint(&mut self, signed: &SignedCheckpoint) {
        self.filling.checkpoint(signed);
    }

    /// Writes what is known only at the end.
    pub(super) async fn finish(&self, locked: &mut dyn LockedHead) -> Result<(), RestoreError> {
        Ok(self.filling.finish(locked).await?)
    }

    /// What was restored, and what is lost.
    pub(super) fn report(&self, broken: Option<String>, proof: Proof, against: &verify::Options) -> Restored {
        let identity = self.state.contents.identity().cloned().expect("the first entry was verified");
        let head = self.filling.head();
        let in_force = self.state.contents.keys().iter().rfind(|list| list.since <= head.position);
        let broken = broken.map(|why| Loss::Broken { position: head.position + 1, why });
        let mut losses: Vec<Loss> = broken.into_iter().chain(proof.losses).collect();
        losses.extend(self.absent.iter().map(|position| Loss::Body { position: *position }));
        Restored {
            log_id: identity.log_id,
            origin: identity.origin,
            position: head.position,
            hash: head.hash,
            recorded_at: head.recorded_at,
            root: self.filling.tree().root(),
            keys: in_force.map(|list| list.keys.clone()).unwrap_or_default(),
            checkpoint: proof.good.last().map(|signed| (signed.checkpoint().size, signed.to_string())),
            erased: self.erased.iter().copied().collect(),
            shown: against.shown(head.position),
            losses,
        }
    }
}

/// Why an entry is not taken in.
enum Bad {
    Fault(FaultKind),
    Source(SourceError),
}

impl From<FaultKind> for Bad {
    fn from(kind: FaultKind) -> Self {
        Self::Fault(kind)
    }
}

impl From<SourceError> for Bad {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}
