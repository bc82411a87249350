//! Entries as a source holds them, with their bodies.

use std::sync::Arc;

use foldhash::HashMap;
use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::source::{Source, SourceError};
use crate::entry::{Entry, PayloadRef};
use crate::hash::Hash;

/// Entries read at once.
const ENTRIES: usize = 1_000;
/// Bodies fetched at the same time: each may be an object of its own, far away.
const AT_ONCE: usize = 16;

/// Some entries in order, and those of their bodies that are there and are what was named.
pub(super) struct Page {
    pub(super) entries: Vec<Arc<[u8]>>,
    pub(super) bodies: HashMap<Hash, Arc<[u8]>>,
}

impl Page {
    /// What follows a position.
    pub(super) async fn read(source: &dyn Source, after: u64) -> Result<Self, SourceError> {
        let entries = source.entries(after, ENTRIES).await?;
        let fetched = stream::iter(entries.iter().filter_map(body_of).collect::<Vec<_>>())
            .map(|digest| async move { Ok::<_, SourceError>((digest, source.body(digest).await?)) })
            .buffer_unordered(AT_ONCE)
            .try_collect::<Vec<_>>()
            .await?;
        let sound = |(digest, body): (Hash, Option<Arc<[u8]>>)| {
            body.filter(|body| Hash::of_detached(body) == digest).map(|body| (digest, body))
        };
        Ok(Self { entries, bodies: fetched.into_iter().filter_map(sound).collect() })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// Digest of an entry's detached body, if it has one. What is no entry is found out later.
fn body_of(bytes: &Arc<[u8]>) -> Option<Hash> {
    match Entry::decode(bytes).ok()?.payload {
        PayloadRef::Inline(_) => None,
        PayloadRef::Detached { digest, .. } => Some(digest),
    }
}
