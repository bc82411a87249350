//! The role that archives: what checkpoints cover, in order, and then the checkpoint.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use gpuaas_log::Log;
use gpuaas_log::declaration::{Declaration, LOG_KIND};
use gpuaas_log::entry::{Entry, PayloadRef, StoredEntry};
use gpuaas_log::hash::Hash;
use gpuaas_log::store::{PublishedCheckpoint, StoreError};
use gpuaas_log::transfer::BlobFields;
use tokio::sync::watch;

use super::error::ArchiveError;
use super::index::Index;
use super::name::{self, CHECKPOINTS, SegmentName};
use super::objects::Objects;
use super::segment::Segment;
use super::source::fetch;

/// A segment is closed at the end of the append with which it has so many entries or bytes.
const ENTRIES: usize = 5_000;
const BYTES: usize = 4 << 20;
/// Entries, or checkpoints, read at once.
const PAGE: usize = 1_000;
/// Bodies written at the same time.
const AT_ONCE: usize = 8;
/// So many of the last checkpoints are looked at again: a cosignature may come late.
const RECENT: usize = 32;
/// Longest wait after an outage.
const AGAIN: Duration = Duration::from_secs(5);

/// The role that archives a log. Several may run: what one has written, the others take over.
pub struct Archiver {
    log: Log,
    objects: Objects,
    index: Index,
    fields: BlobFields,
    /// Position and hash of the last entry that is in the archive with all before it.
    position: u64,
    hash: Hash,
    /// The objects of checkpoints.
    checkpoints: HashSet<String>,
    /// Sizes of the last checkpoints, ascending, and of the one before them.
    recent: VecDeque<u64>,
    settled: u64,
    reached: Arc<watch::Sender<u64>>,
}

impl Archiver {
    /// Takes up the role where the objects say that it was left. An archive of another log,
    /// or of another history of this one, is refused.
    pub async fn open(log: Log, objects: Objects) -> Result<Self, ArchiveError> {
        Self::open_telling(log, objects, Arc::default()).await
    }

    async fn open_telling(log: Log, objects: Objects, reached: Arc<watch::Sender<u64>>) -> Result<Self, ArchiveError> {
        let index = Index::read(&objects).await?;
        let checkpoints = objects.list(CHECKPOINTS, None).await?;
        let mut archiver = Self {
            checkpoints: checkpoints.into_iter().map(|name| format!("{CHECKPOINTS}/{name}")).collect(),
            fields: BlobFields::default(),
            position: 0,
            hash: Hash::ZERO,
            recent: VecDeque::new(),
            settled: 0,
            log,
            objects,
            index,
            reached,
        };
        archiver.resume().await?;
        archiver.learn().await?;
        Ok(archiver)
    }

    /// Archives for as long as it can, and goes on after an outage. `reached` is told how far
    /// the archive has come. Ends when the archive and the log do not fit together.
    pub async fn keep(log: Log, objects: Objects, every: Duration, reached: watch::Sender<u64>) -> ArchiveError {
        let reached = Arc::new(reached);
        loop {
            let opened = Self::open_telling(log.clone(), objects.clone(), Arc::clone(&reached)).await;
            let error = match opened {
                Ok(mut archiver) => archiver.advance_for_long(every).await,
                Err(error) => error,
            };
            if !error.retryable() {
                return error;
            }
            tracing::warn!(%error, "nothing was archived");
            tokio::time::sleep(every.min(AGAIN)).await;
        }
    }

    async fn advance_for_long(&mut self, every: Duration) -> ArchiveError {
        loop {
            if let Err(error) = self.advance().await {
                return error;
            }
            tokio::time::sleep(every).await;
        }
    }

    /// Archives all that published checkpoints cover. Answers the position of the last entry
    /// that is in the archive.
    pub async fn advance(&mut self) -> Result<u64, ArchiveError> {
        let mut after = self.settled;
        loop {
            let page = self.log.checkpoints_after(after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.size;
            for published in &page {
                while self.position < published.size {
                    self.segment(published.size).await?;
                }
                self.checkpoint(published).await?;
            }
        }
        self.reached.send_replace(self.position);
        Ok(self.position)
    }

    /// Finds its place: the last entry of the archive has to be the log's too, and then all
    /// before it are, by the chain.
    async fn resume(&mut self) -> Result<(), ArchiveError> {
        let archived = self.index.furthest();
        // Asked of the store: this process may not have seen yet what another has archived.
        if archived > 0 && self.log.entry(archived).await?.is_none() {
            return Err(ArchiveError::LogIsBehind { archived, log: *self.log.head().borrow() });
        }
        let reach = self.index.reach();
        if let Some(name) = self.index.holding(reach).first().copied() {
            self.adopt(name, reach - 1).await?;
        }
        Ok(())
    }

    /// Learns what the log declared, and deletes once more what it erased: an archiver that
    /// was interrupted may have written a body after another had deleted it.
    async fn learn(&mut self) -> Result<(), ArchiveError> {
        for stored in self.log.declarations().await? {
            let entry = decode(&stored)?;
            self.fields.named_by(&entry, None)?;
            self.erase(&entry).await?;
        }
        Ok(())
    }

    /// Brings the archive one segment further, at most up to a checkpoint.
    async fn segment(&mut self, size: u64) -> Result<(), ArchiveError> {
        let first = self.position + 1;
        self.index.refresh(&self.objects, first).await?;
        if let Some(name) = self.index.holding(first).first().copied() {
            return self.adopt(name, self.position).await;
        }
        // A segment that is missing in the middle is written again, and no further.
        let until = self.index.next_after(self.position).map_or(size, |next| size.min(next.first - 1));
        let gathered = self.gather(until).await?;
        self.write(gathered).await
    }

    /// Takes over a segment that is there: from an entry on it has to be the log's.
    async fn adopt(&mut self, name: SegmentName, after: u64) -> Result<(), ArchiveError> {
        let segment = fetch(&self.objects, &name).await?;
        let skipped = usize::try_from(after + 1 - name.first).unwrap_or(usize::MAX);
        let mut position = after;
        let mut hash = self.hash;
        let mut stored = Vec::new().into_iter();
        for archived in segment.entries.iter().skip(skipped) {
            if stored.len() == 0 {
                stored = self.log.read(position, PAGE).await?.into_iter();
            }
            let log = *self.log.head().borrow();
            let next = stored.next().ok_or(ArchiveError::LogIsBehind { archived: name.last, log })?;
            position += 1;
            if next.bytes != *archived {
                return Err(ArchiveError::AnotherHistory { name: name.object(), position });
            }
            hash = next.hash();
            // What it declares holds for the segments that this archiver writes next.
            let entry = decode(&next)?;
            self.fields.named_by(&entry, next.body.as_deref())?;
            self.erase(&entry).await?;
        }
        (self.position, self.hash) = (position, hash);
        Ok(())
    }

    /// Entries for the next segment: whole appends, at most up to an entry that ends one.
    async fn gather(&self, until: u64) -> Result<Vec<StoredEntry>, ArchiveError> {
        let (mut gathered, mut bytes, mut position) = (Vec::new(), 0, self.position);
        while position < until {
            let page = self.log.read(position, PAGE).await?;
            if page.is_empty() {
                return Err(StoreError::Damaged(format!("entry {} is missing", position + 1)).into());
            }
            for stored in page.into_iter().take_while(|stored| stored.position <= until) {
                position = stored.position;
                bytes += stored.bytes.len();
                let ends_append = decode(&stored)?.ends_append();
                gathered.push(stored);
                if ends_append && (gathered.len() >= ENTRIES || bytes >= BYTES) {
                    return Ok(gathered);
                }
            }
        }
        Ok(gathered)
    }

    /// Writes the bodies, then the segment that names them. A crash in between leaves bodies
    /// that the next try finds there.
    async fn write(&mut self, gathered: Vec<StoredEntry>) -> Result<(), ArchiveError> {
        let mut segment = Segment::default();
        let mut named = HashSet::new();
        let mut hash = self.hash;
        for stored in &gathered {
            let entry = decode(stored)?;
            if entry.prev != hash {
                let why = format!("entry {} does not follow from the one before", stored.position);
                return Err(StoreError::Damaged(why).into());
            }
            hash = stored.hash();
            for digest in self.fields.named_by(&entry, stored.body.as_deref())? {
                if named.insert(digest) {
                    let blob = self.log.blob(digest).await?;
                    let missing = || StoreError::Damaged(format!("the blob {digest} is missing"));
                    segment.blobs.push(blob.ok_or_else(missing)?);
                }
            }
            segment.entries.push(Arc::clone(&stored.bytes));
        }
        let (Some(first), Some(last)) = (gathered.first(), gathered.last()) else { return Ok(()) };
        let (first, last) = (first.position, last.position);
        self.put_bodies(&gathered).await?;
        for stored in &gathered {
            self.erase(&decode(stored)?).await?;
        }
        let bytes = segment.encode();
        let name = SegmentName { first, last, digest: Hash::of_blob(&bytes) };
        self.objects.put(&name.object(), bytes).await?;
        self.index.insert(name);
        (self.position, self.hash) = (last, hash);
        tracing::debug!(object = %name, "archived");
        Ok(())
    }

    async fn put_bodies(&self, gathered: &[StoredEntry]) -> Result<(), ArchiveError> {
        let bodies: Vec<Arc<[u8]>> = gathered.iter().filter_map(|stored| stored.body.clone()).collect();
        let objects = &self.objects;
        stream::iter(bodies)
            .map(|body| async move { objects.put(&name::body(Hash::of_detached(&body)), body.to_vec()).await })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }

    /// Deletes the bodies that an entry says are erased.
    async fn erase(&self, entry: &Entry<'_>) -> Result<(), ArchiveError> {
        let PayloadRef::Inline(payload) = entry.payload else { return Ok(()) };
        if entry.stream.kind != LOG_KIND {
            return Ok(());
        }
        let Ok(Declaration::PayloadErased { positions, .. }) = Declaration::decode(entry.event, payload) else {
            return Ok(());
        };
        for position in positions {
            let Some(stored) = self.log.entry(position).await? else { continue };
            if let PayloadRef::Detached { digest, .. } = decode(&stored)?.payload {
                self.objects.delete(&name::body(digest)).await?;
            }
        }
        Ok(())
    }

    /// Archives a checkpoint whose entries are in the archive.
    async fn checkpoint(&mut self, published: &PublishedCheckpoint) -> Result<(), ArchiveError> {
        let name = name::checkpoint(published.size, published.note.as_bytes());
        if !self.checkpoints.contains(&name) {
            self.objects.put(&name, published.note.clone().into_bytes()).await?;
            self.checkpoints.insert(name);
        }
        if self.recent.back().is_none_or(|last| *last < published.size) {
            self.recent.push_back(published.size);
        }
        if self.recent.len() > RECENT
            && let Some(settled) = self.recent.pop_front()
        {
            self.settled = settled;
        }
        Ok(())
    }
}

fn decode(stored: &StoredEntry) -> Result<Entry<'_>, StoreError> {
    stored.entry().map_err(|error| StoreError::Damaged(format!("entry {}: {error}", stored.position)))
}
