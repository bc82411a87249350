//! The archive as something to restore a log from.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use gpuaas_log::hash::Hash;
use gpuaas_log::restore::{KeptCheckpoint, Source, SourceError};

use super::error::ArchiveError;
use super::index::Index;
use super::name::{self, CHECKPOINTS, SegmentName};
use super::objects::Objects;
use super::segment::Segment;

/// Segments that are fetched at the same time: an object store answers late, and to many.
const AHEAD: usize = 8;
/// Checkpoints that are fetched at the same time.
const AT_ONCE: usize = 32;

/// An archive, as it was when it was opened.
#[derive(Debug)]
pub struct ArchiveSource {
    objects: Objects,
    /// The objects of the checkpoints.
    checkpoints: Vec<String>,
    index: Index,
    /// The segments read last, for the blobs in them, and those read ahead.
    near: Mutex<Vec<Arc<Near>>>,
}

/// A segment that was read.
#[derive(Debug)]
struct Near {
    name: SegmentName,
    entries: Vec<Arc<[u8]>>,
    blobs: HashMap<Hash, Arc<[u8]>>,
}

impl Near {
    fn new(name: SegmentName, segment: Segment) -> Arc<Self> {
        let blobs = segment.blobs.into_iter().map(|blob| (Hash::of_blob(&blob), blob)).collect();
        Arc::new(Self { name, entries: segment.entries, blobs })
    }

    /// Its entries from a position on, which it holds.
    fn entries_from(&self, position: u64) -> &[Arc<[u8]>] {
        let skipped = usize::try_from(position - self.name.first).unwrap_or(usize::MAX);
        self.entries.get(skipped..).unwrap_or_default()
    }

    /// Whether both hold the same from a position on, as far as both go.
    fn agrees(&self, other: &Self, position: u64) -> bool {
        self.entries_from(position).iter().zip(other.entries_from(position)).all(|(one, two)| one == two)
    }
}

impl ArchiveSource {
    /// Looks at what there is.
    pub async fn open(objects: Objects) -> Result<Self, SourceError> {
        // First, because a checkpoint is written after its entries: all that are found have them.
        let checkpoints = objects.list(CHECKPOINTS, None).await.map_err(source_error)?;
        let index = Index::read(&objects).await.map_err(source_error)?;
        Ok(Self { objects, checkpoints, index, near: Mutex::default() })
    }

    /// Position of the archive's last entry, whether one before it is missing or not.
    #[must_use]
    pub fn furthest(&self) -> u64 {
        self.index.furthest()
    }

    fn near(&self) -> MutexGuard<'_, Vec<Arc<Near>>> {
        self.near.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn found(&self, wanted: &SegmentName) -> Option<Arc<Near>> {
        self.near().iter().find(|near| near.name == *wanted).cloned()
    }

    /// A segment, and for the next calls those after it.
    async fn segment(&self, wanted: SegmentName) -> Result<Arc<Near>, SourceError> {
        if let Some(near) = self.found(&wanted) {
            return Ok(near);
        }
        let segment = Near::new(wanted, fetch(&self.objects, &wanted).await.map_err(source_error)?);
        let ahead: Vec<SegmentName> = self.index.following(wanted.last).take(AHEAD).collect();
        let objects = &self.objects;
        let ahead = stream::iter(ahead)
            .map(|name| async move { Some(Near::new(name, fetch(objects, &name).await.ok()?)) })
            .buffered(AHEAD)
            .collect::<Vec<_>>()
            .await;
        // What is wrong with one of those ahead is said when it is its turn.
        *self.near() = [Arc::clone(&segment)].into_iter().chain(ahead.into_iter().flatten()).collect();
        Ok(segment)
    }

    /// The segment to read an entry from. Several may hold it: then they hold the same.
    async fn holding(&self, position: u64) -> Result<Option<Arc<Near>>, SourceError> {
        let mut good: Option<Arc<Near>> = None;
        let mut bad = None;
        for name in self.index.holding(position) {
            match (self.segment(name).await, &good) {
                (Err(error @ SourceError::Unavailable(_)), _) => return Err(error),
                (Err(error @ SourceError::Damaged(_)), _) => bad = Some(error),
                (Ok(near), None) => good = Some(near),
                (Ok(near), Some(first)) if first.agrees(&near, position) => {}
                (Ok(near), Some(first)) => {
                    let (one, two) = (first.name.object(), near.name.object());
                    return Err(SourceError::Damaged(format!("{one} and {two} are of two histories")));
                }
            }
        }
        match (good, bad) {
            (None, Some(error)) => Err(error),
            (good, _) => Ok(good),
        }
    }
}

#[async_trait]
impl Source for ArchiveSource {
    fn place(&self) -> String {
        format!("the archive {}", self.objects.place())
    }

    async fn entries(&self, after: u64, limit: usize) -> Result<Vec<Arc<[u8]>>, SourceError> {
        let wanted = after + 1;
        let Some(near) = self.holding(wanted).await? else {
            return match self.index.next_after(after) {
                None => Ok(Vec::new()),
                Some(next) => Err(SourceError::Damaged(format!(
                    "no segment holds entries {wanted} to {}; the archive goes on to entry {}",
                    next.first - 1,
                    self.index.furthest()
                ))),
            };
        };
        Ok(near.entries_from(wanted).iter().take(limit.max(1)).cloned().collect())
    }

    async fn body(&self, digest: Hash) -> Result<Option<Arc<[u8]>>, SourceError> {
        self.objects.get(&name::body(digest)).await.map_err(source_error)
    }

    async fn blob(&self, digest: Hash) -> Result<Option<Arc<[u8]>>, SourceError> {
        Ok(self.near().iter().find_map(|near| near.blobs.get(&digest).cloned()))
    }

    async fn checkpoints(&self) -> Result<Vec<KeptCheckpoint>, SourceError> {
        let objects = &self.objects;
        let fetched = stream::iter(self.checkpoints.clone())
            .map(|name| async move {
                let name = format!("{CHECKPOINTS}/{name}");
                let note = objects.get(&name).await?;
                Ok::<_, ArchiveError>(note.map(|note| KeptCheckpoint { name, note: note.to_vec() }))
            })
            .buffer_unordered(AT_ONCE)
            .try_collect::<Vec<_>>()
            .await;
        Ok(fetched.map_err(source_error)?.into_iter().flatten().collect())
    }
}

/// A segment's bytes, if they are what its name says.
pub(super) async fn fetch(objects: &Objects, name: &SegmentName) -> Result<Segment, ArchiveError> {
    let altered = |why: &str| ArchiveError::Altered { name: name.object(), why: why.to_owned() };
    let bytes = objects.get(&name.object()).await?.ok_or_else(|| altered("it is not there any more"))?;
    if Hash::of_blob(&bytes) != name.digest {
        return Err(altered("its bytes have another digest than its name"));
    }
    let segment = Segment::decode(&bytes).map_err(|error| altered(error.0))?;
    if segment.entries.len() as u64 != name.last - name.first + 1 {
        return Err(altered("it holds another number of entries than its name says"));
    }
    Ok(segment)
}

/// What a restore is told.
fn source_error(error: ArchiveError) -> SourceError {
    match error {
        ArchiveError::Altered { .. } | ArchiveError::AnotherHistory { .. } | ArchiveError::LogIsBehind { .. } => {
            SourceError::Damaged(error.to_string())
        }
        ArchiveError::Unavailable(_) | ArchiveError::Store(_) => SourceError::Unavailable(error.to_string()),
    }
}
