//! The last entries, in memory: a process has many that follow the log, and each entry is
//! read for all of them once.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::entry::StoredEntry;
use crate::store::{LogStore, StoreError};

/// Most entries that are kept.
const ENTRIES: usize = 4_096;
/// Most bytes of entries that are kept.
const BYTES: usize = 8 << 20;
/// Entries read at a time, for whoever wants fewer too.
const PAGE: usize = 500;

/// The last entries, without a gap.
#[derive(Default)]
pub(crate) struct Tail {
    kept: Mutex<Kept>,
    /// Held by whoever reads: the others then find what they want.
    reading: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Kept {
    entries: VecDeque<StoredEntry>,
    bytes: usize,
}

impl Tail {
    /// Entries after a position, at most `limit`: those that are kept, or else from the store.
    pub(crate) async fn after(
        &self,
        store: &dyn LogStore,
        after: u64,
        limit: usize,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        if let Some(found) = self.kept().after(after, limit) {
            return Ok(found);
        }
        let _reading = self.reading.lock().await;
        if let Some(found) = self.kept().after(after, limit) {
            return Ok(found);
        }
        let mut page = store.entries(after, limit.max(PAGE)).await?;
        self.kept().keep(&page);
        page.truncate(limit);
        Ok(page)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// What is kept after a position; `None` if the next entry is not.
    fn after(&self, after: u64, limit: usize) -> Option<Vec<StoredEntry>> {
        let first = self.entries.front()?.position;
        let skipped = usize::try_from((after + 1).checked_sub(first)?).ok()?;
        (skipped < self.entries.len()).then(|| self.entries.range(skipped..).take(limit).cloned().collect())
    }

    /// Keeps a page if it is further than what is kept. What can be erased is not kept.
    fn keep(&mut self, page: &[StoredEntry]) {
        let (Some(first), Some(last)) = (page.first(), page.last()) else { return };
        let known = self.entries.back().map_or(0, |last| last.position);
        if last.position <= known {
            return;
        }
        if first.position > known + 1 {
            self.clear();
        }
        for stored in page.iter().filter(|stored| stored.position > known) {
            if stored.body.is_some() {
                self.clear();
                continue;
            }
            self.bytes += stored.bytes.len();
            self.entries.push_back(stored.clone());
        }
        while self.entries.len() > ENTRIES || self.bytes > BYTES {
            let Some(oldest) = self.entries.pop_front() else { return };
            self.bytes -= oldest.bytes.len();
        }
    }

    fn clear(&mut self) {
        self.entries.clear();
        self.bytes = 0;
    }
}

impl std::fmt::Debug for Tail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tail").field("entries", &self.kept().entries.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::ops::RangeInclusive;
    use std::sync::Arc;

    use super::*;

    fn entry(position: u64) -> StoredEntry {
        StoredEntry { position, bytes: Arc::from([0; 16]), body: None }
    }

    fn page(positions: RangeInclusive<u64>) -> Vec<StoredEntry> {
        positions.map(entry).collect()
    }

    fn found(kept: &Kept, after: u64, limit: usize) -> Option<Vec<u64>> {
        Some(kept.after(after, limit)?.iter().map(|stored| stored.position).collect())
    }

    #[test]
    fn what_is_kept_has_no_gap() {
        let mut kept = Kept::default();
        kept.keep(&page(5..=7));
        kept.keep(&page(6..=9));
        assert_eq!(found(&kept, 4, 100), Some(vec![5, 6, 7, 8, 9]));
        assert_eq!(found(&kept, 6, 2), Some(vec![7, 8]));
        assert_eq!((found(&kept, 3, 100), found(&kept, 9, 100)), (None, None));
        // A reader that is far behind changes nothing; one that is ahead begins anew.
        kept.keep(&page(1..=3));
        assert_eq!(found(&kept, 4, 1), Some(vec![5]));
        kept.keep(&page(20..=21));
        assert_eq!((found(&kept, 8, 100), found(&kept, 19, 100)), (None, Some(vec![20, 21])));
    }

    #[test]
    fn what_can_be_erased_is_not_kept() {
        let mut kept = Kept::default();
        let mut erasable = page(1..=4);
        erasable[2].body = Some(Arc::from([0; 20]));
        kept.keep(&erasable);
        assert_eq!((found(&kept, 1, 100), found(&kept, 2, 100)), (None, None));
        assert_eq!(found(&kept, 3, 100), Some(vec![4]));
    }

    #[test]
    fn the_oldest_make_room() {
        let mut kept = Kept::default();
        let last = ENTRIES as u64 + 10;
        kept.keep(&page(1..=last));
        assert_eq!((found(&kept, 9, 1), found(&kept, 10, 1)), (None, Some(vec![11])));
        assert_eq!(kept.bytes, ENTRIES * 16);
    }
}
