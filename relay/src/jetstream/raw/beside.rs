//! What is mirrored beside the entries, before the entry that names it.

use gpuaas_log::Log;
use gpuaas_log::declaration::{Declaration, PAYLOAD_ERASED};
use gpuaas_log::entry::{PayloadRef, StoredEntry};
use gpuaas_log::hash::Hash;
use gpuaas_log::store::StoreError;
use gpuaas_log::transfer::BlobFields;

use crate::jetstream::blobs::Blobs;
use crate::jetstream::error::MirrorError;
use crate::jetstream::names;
use crate::jetstream::streams::Maker;

/// Checkpoints read at once.
const PAGE: usize = 100;

/// The blobs and bodies of entries as they are published.
pub(super) struct Beside {
    blobs: Blobs,
    fields: BlobFields,
    /// The note of the last checkpoint that was mirrored.
    checkpoint: Option<(u64, String)>,
}

impl Beside {
    pub(super) async fn open(log: &Log, maker: &Maker) -> Result<Self, MirrorError> {
        let mut beside = Self { blobs: Blobs::open(maker).await?, fields: blob_fields(log).await?, checkpoint: None };
        beside.checkpoints(log).await?;
        Ok(beside)
    }

    /// Puts what an entry names, unless it is there.
    pub(super) async fn put(&mut self, log: &Log, stored: &StoredEntry) -> Result<(), MirrorError> {
        let entry = stored.entry()?;
        if let (PayloadRef::Detached { digest, .. }, Some(body)) = (entry.payload, &stored.body) {
            self.blobs.complete(names::Beside::Body(digest), body).await?;
        }
        for digest in self.fields.named_by(&entry, stored.body.as_deref())? {
            let blob = log.blob(digest).await?;
            let blob = blob.ok_or_else(|| StoreError::Damaged(format!("the blob {digest} is missing")))?;
            self.blobs.complete(names::Beside::Blob(digest), &blob).await?;
        }
        Ok(())
    }

    /// Erases the bodies that an entry says are erased, before it is published.
    pub(super) async fn erase_named(&self, log: &Log, stored: &StoredEntry) -> Result<(), MirrorError> {
        for position in erased_by(stored)? {
            let Some(erased) = log.entry(position).await? else { continue };
            if let Some(digest) = body_of(&erased)? {
                self.blobs.erase(names::Beside::Body(digest)).await?;
            }
        }
        Ok(())
    }

    /// Erases again what another server may have erased while this one was putting it.
    pub(super) async fn erase_again(&self, log: &Log, page: &[StoredEntry]) -> Result<(), MirrorError> {
        for stored in page.iter().filter(|stored| stored.body.is_some()) {
            let now = log.entry(stored.position).await?;
            if let (Some(digest), true) = (body_of(stored)?, now.is_none_or(|now| now.body.is_none())) {
                self.blobs.erase(names::Beside::Body(digest)).await?;
            }
        }
        Ok(())
    }

    /// Mirrors the checkpoints that are not there, and the last one as it is now: witnesses
    /// sign it later.
    pub(super) async fn checkpoints(&mut self, log: &Log) -> Result<(), MirrorError> {
        let there = match self.checkpoint {
            None => self.blobs.listed(names::Beside::CHECKPOINTS).await?,
            Some(_) => Vec::new(),
        };
        loop {
            let before = self.checkpoint.as_ref().map_or(0, |(size, _)| size - 1);
            let page = log.checkpoints_after(before, PAGE).await?;
            for (at, checkpoint) in page.iter().enumerate() {
                let last = Some((checkpoint.size, checkpoint.note.clone()));
                let is_there = at + 1 < page.len() && there.binary_search(&checkpoint.size.to_string()).is_ok();
                if !is_there && self.checkpoint != last {
                    self.blobs.complete(names::Beside::Checkpoint(checkpoint.size), checkpoint.note.as_bytes()).await?;
                }
                self.checkpoint = last;
            }
            if page.len() < PAGE {
                return Ok(());
            }
        }
    }
}

/// Which fields name blobs, as far as the log declares it.
pub(in crate::jetstream) async fn blob_fields(log: &Log) -> Result<BlobFields, MirrorError> {
    let mut fields = BlobFields::default();
    for stored in log.declarations().await? {
        fields.named_by(&stored.entry()?, stored.body.as_deref())?;
    }
    Ok(fields)
}

/// The positions whose bodies an entry says are erased.
pub(in crate::jetstream) fn erased_by(stored: &StoredEntry) -> Result<Vec<u64>, MirrorError> {
    let entry = stored.entry()?;
    let PayloadRef::Inline(payload) = entry.payload else { return Ok(Vec::new()) };
    if entry.event != PAYLOAD_ERASED {
        return Ok(Vec::new());
    }
    let Ok(Declaration::PayloadErased { positions, .. }) = Declaration::decode(entry.event, payload) else {
        return Err(StoreError::Damaged(format!("entry {} erases badly", entry.position)).into());
    };
    Ok(positions)
}

/// The digest of an entry's detached body.
pub(in crate::jetstream) fn body_of(stored: &StoredEntry) -> Result<Option<Hash>, MirrorError> {
    Ok(match stored.entry()?.payload {
        PayloadRef::Inline(_) => None,
        PayloadRef::Detached { digest, .. } => Some(digest),
    })
}
