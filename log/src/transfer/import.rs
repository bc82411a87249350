//! Into a store. The file is verified whole before anything is written, and read again
//! while it is: it may have changed in between, so that what was written must come to
//! the root that was verified.

use std::io::{Read, Seek};
use std::sync::Arc;

use foldhash::HashMap;

use super::ImportError;
use super::export::BlobFields;
use crate::append::StreamId;
use crate::checkpoint::SignedCheckpoint;
use crate::declaration::HEADS_COMMITTED;
use crate::entry::{Entry, PayloadRef};
use crate::export::{Chunk, Section, SectionKind, SectionReader};
use crate::hash::Hash;
use crate::store::{
    Batch, ClaimKey, HeadRow, HeldClaim, LockedHead, LogStore, PublishedCheckpoint, Row, StoreError, Written,
};
use crate::tree::Frontier;
use crate::verify::{Options, Report, VerifyError, Whose, verify};

/// Bytes read at once; also about the size of a batch.
const CHUNK: usize = 1 << 20;

/// Fills an empty store from the export of a whole log.
pub async fn import<S: Read + Seek + Send + 'static>(
    store: &dyn LogStore,
    mut source: S,
) -> Result<Report, ImportError> {
    if store.head().await?.row.position != 0 {
        return Err(ImportError::NotEmpty);
    }
    let verified = tokio::task::spawn_blocking(move || {
        let report = verify(&mut source, &Options::default(), &mut |_| {})?;
        source.rewind()?;
        Ok::<_, VerifyError>((report, source))
    });
    let (report, source) = verified.await.map_err(|error| StoreError::Unavailable(error.to_string()))??;
    if !matches!(report.whose, Whose::Whole { .. }) {
        return Err(ImportError::NotWhole);
    }
    let mut locked = store.lock().await?;
    if locked.head().row.position != 0 {
        return Err(ImportError::NotEmpty);
    }
    // Dropped on any error from here on, which rolls back.
    let mut filling = Filling::new(locked.head().row.clone());
    let mut reader = SectionReader::new(source);
    let mut chunk = Chunk::default();
    loop {
        reader.read(&mut chunk, CHUNK).map_err(VerifyError::Io)?;
        if chunk.sections().len() == 0 {
            break;
        }
        let clock = store.head().await?.clock;
        let batch = filling.take(chunk.sections(), clock)?;
        filling.write(&mut *locked, batch).await?;
    }
    filling.finish(&mut *locked, &report).await?;
    locked.commit().await?;
    Ok(report)
}

/// What is known of the file so far.
struct Filling {
    head: HeadRow,
    tree: Frontier,
    fields: BlobFields,
    claims: HashMap<ClaimKey, StreamId>,
    /// Blobs and bodies that no entry has named yet, by either digest.
    by_blob_digest: HashMap<Hash, Arc<[u8]>>,
    by_body_digest: HashMap<Hash, Arc<[u8]>>,
    /// The frontier before each entry that commits heads: a checkpoint may end there.
    peaks: HashMap<u64, Vec<Hash>>,
    checkpoints: Vec<PublishedCheckpoint>,
}

impl Filling {
    fn new(head: HeadRow) -> Self {
        Self {
            head,
            tree: Frontier::new(),
            fields: BlobFields::default(),
            claims: HashMap::default(),
            by_blob_digest: HashMap::default(),
            by_body_digest: HashMap::default(),
            peaks: HashMap::default(),
            checkpoints: Vec::new(),
        }
    }

    /// Makes a batch of sections.
    fn take<'s>(&mut self, sections: impl Iterator<Item = Section<'s>>, clock: u64) -> Result<Batch, ImportError> {
        let mut batch = Batch {
            before: self.head.clone(),
            after: self.head.clone(),
            clock,
            rows: Vec::new(),
            claims: Vec::new(),
            blobs: Vec::new(),
            bodies: Vec::new(),
            erased: Vec::new(),
        };
        for section in sections {
            match section.kind {
                SectionKind::Blob => self.bring(section.body),
                SectionKind::Entry => self.entry(section.body, &mut batch)?,
                SectionKind::Checkpoint => self.checkpoint(section.body)?,
                SectionKind::Header | SectionKind::End => {}
                SectionKind::Committed | SectionKind::Inclusion | SectionKind::HeadProof => {
                    return Err(ImportError::Changed("a section of another kind of export"));
                }
            }
        }
        self.head.frontier = self.tree.peaks().to_vec();
        batch.after = self.head.clone();
        Ok(batch)
    }

    fn bring(&mut self, bytes: &[u8]) {
        let bytes: Arc<[u8]> = bytes.into();
        self.by_blob_digest.insert(Hash::of_blob(&bytes), Arc::clone(&bytes));
        self.by_body_digest.insert(Hash::of_detached(&bytes), bytes);
    }

    fn entry(&mut self, bytes: &[u8], batch: &mut Batch) -> Result<(), ImportError> {
        let entry = Entry::decode(bytes).map_err(|_| ImportError::Changed("an entry"))?;
        let mut body = None;
        if let PayloadRef::Detached { digest, .. } = entry.payload
            && let Some(bytes) = self.by_body_digest.remove(&digest)
        {
            self.by_blob_digest.remove(&Hash::of_blob(&bytes));
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
        self.tree.push_leaf(bytes);
        self.head.position = entry.position;
        self.head.recorded_at = entry.recorded_at;
        self.head.hash = Hash::of_entry(bytes);
        batch.rows.push(Row::of(&entry, bytes.into()));
        Ok(())
    }

    fn checkpoint(&mut self, note: &[u8]) -> Result<(), ImportError> {
        let signed = SignedCheckpoint::parse(note).map_err(|_| ImportError::Changed("a checkpoint"))?;
        let size = signed.checkpoint().size;
        // Only one that ends on committed heads is good; the verifier asks it of the last.
        if let Some(peaks_before) = self.peaks.get(&size).cloned() {
            self.checkpoints.push(PublishedCheckpoint { size, note: signed.to_string(), peaks_before });
        }
        Ok(())
    }

    async fn write(&self, locked: &mut dyn LockedHead, batch: Batch) -> Result<(), ImportError> {
        if batch.rows.is_empty() {
            return Ok(());
        }
        match locked.write(&batch).await? {
            Written::Done => Ok(()),
            Written::HeadMoved | Written::Collision => Err(ImportError::Changed("an entry twice")),
        }
    }

    async fn finish(&self, locked: &mut dyn LockedHead, report: &Report) -> Result<(), ImportError> {
        if self.tree.size() != report.size || self.tree.root() != report.root {
            return Err(ImportError::Changed("the entries"));
        }
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
