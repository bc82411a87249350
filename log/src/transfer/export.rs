//! Out of a store.

use std::io::Write;

use uuid::Uuid;

use super::ExportError;
use super::fields::BlobFields;
use crate::checkpoint::SignedCheckpoint;
use crate::declaration::KEYS_CHANGED;
use crate::entry::{Entry, StoredEntry};
use crate::export::{OwnerWriter, WholeWriter};
use crate::hash::Hash;
use crate::state::Identity;
use crate::store::{LogStore, PublishedCheckpoint, StoreError};
use crate::tree::HeadsTree;

/// Entries read at once.
const PAGE: usize = 1_000;

/// Writes all entries up to the last published checkpoint.
pub async fn export_whole<W: Write + Send>(
    store: &dyn LogStore,
    identity: &Identity,
    out: W,
) -> Result<W, ExportError> {
    let last = store.last_checkpoint().await?.ok_or(ExportError::NoCheckpoint)?;
    let size = last.size;
    let mut key_changes = Vec::new();
    let mut writer = WholeWriter::new(out, identity.log_id, &identity.origin, size)?;
    let mut fields = BlobFields::default();
    let mut append: Vec<StoredEntry> = Vec::new();
    let mut position = 0;
    while position < size {
        let entries = store.entries(position, PAGE).await?;
        if entries.is_empty() {
            return Err(missing(position + 1).into());
        }
        for stored in entries.into_iter().take_while(|stored| stored.position <= size) {
            position = stored.position;
            let entry = decode(&stored)?;
            let ends = entry.ends_append();
            if entry.event == KEYS_CHANGED {
                key_changes.push(position);
            }
            append.push(stored);
            if ends {
                write_append(store, &mut writer, &mut fields, &append).await?;
                append.clear();
            }
        }
    }
    Ok(writer.finish(&needed(store, last, &key_changes).await?)?)
}

/// The first checkpoint that covers each change of keys, and the last. Of the others, which
/// are many, none is read.
async fn needed(
    store: &dyn LogStore,
    last: PublishedCheckpoint,
    key_changes: &[u64],
) -> Result<Vec<SignedCheckpoint>, StoreError> {
    let mut needed = Vec::new();
    for change in key_changes {
        needed.extend(store.checkpoints_after(change - 1, 1).await?);
    }
    needed.push(last);
    needed.dedup_by_key(|checkpoint| checkpoint.size);
    needed.iter().map(note).collect()
}

/// An append's blobs and bodies, then its entries.
async fn write_append<W: Write + Send>(
    store: &dyn LogStore,
    writer: &mut WholeWriter<W>,
    fields: &mut BlobFields,
    append: &[StoredEntry],
) -> Result<(), ExportError> {
    for stored in append {
        if let Some(body) = &stored.body {
            writer.blob(body)?;
        }
        for digest in fields.named_by(&decode(stored)?, stored.body.as_deref())? {
            let blob = store.blob(digest).await?;
            let blob = blob.ok_or_else(|| StoreError::Damaged(format!("the blob {digest} is missing")))?;
            writer.blob(&blob)?;
        }
    }
    for stored in append {
        writer.entry(&stored.bytes)?;
    }
    Ok(())
}

/// Writes an organization's entries up to the last published checkpoint, with the proofs
/// that they are all.
pub async fn export_owner<W: Write + Send>(
    store: &dyn LogStore,
    identity: &Identity,
    owner: Uuid,
    out: W,
) -> Result<W, ExportError> {
    let checkpoint = store.last_checkpoint().await?.ok_or(ExportError::NoCheckpoint)?;
    let size = checkpoint.size;
    let mut heads = heads_at(store, size - 1).await?;
    let head = heads.head(Some(owner)).ok_or(ExportError::NoSuchOwner)?;
    let proof = heads.proof(Some(owner)).ok_or(ExportError::NoSuchOwner)?;
    let mut writer = OwnerWriter::new(out, identity.log_id, &identity.origin, owner, size)?;
    let mut sequence = 0;
    while sequence < head.owner_sequence {
        let entries = store.owned(Some(owner), sequence, PAGE).await?;
        if entries.is_empty() {
            return Err(StoreError::Damaged(format!("entry {} of {owner} is missing", sequence + 1)).into());
        }
        let left = usize::try_from(head.owner_sequence - sequence).unwrap_or(usize::MAX);
        for stored in entries.iter().take(left) {
            sequence += 1;
            if let Some(body) = &stored.body {
                writer.body(body)?;
            }
            writer.entry(&stored.bytes)?;
        }
    }
    let committed = store.entries(size - 1, 1).await?.into_iter().next().ok_or_else(|| missing(size))?;
    let inclusion: Vec<Hash> = checkpoint.peaks_before.iter().rev().copied().collect();
    Ok(writer.finish(&note(&checkpoint)?, &committed.bytes, &inclusion, &proof)?)
}

/// The owners' heads among the first `size` entries.
async fn heads_at(store: &dyn LogStore, size: u64) -> Result<HeadsTree, StoreError> {
    let mut heads = HeadsTree::new();
    for stored in store.owner_ends(size).await? {
        let entry = decode(&stored)?;
        heads.update(entry.owner, entry.owner_sequence, stored.hash());
    }
    Ok(heads)
}

fn note(checkpoint: &PublishedCheckpoint) -> Result<SignedCheckpoint, StoreError> {
    let damaged = |_| StoreError::Damaged(format!("the checkpoint of size {}", checkpoint.size));
    checkpoint.note.parse().map_err(damaged)
}

fn decode(stored: &StoredEntry) -> Result<Entry<'_>, StoreError> {
    stored.entry().map_err(|error| StoreError::Damaged(format!("entry {}: {error}", stored.position)))
}

fn missing(position: u64) -> StoreError {
    StoreError::Damaged(format!("entry {position} is missing"))
}
