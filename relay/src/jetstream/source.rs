//! The mirror as something to read from: for whoever rebuilds a log, and for auditors.

use std::sync::Arc;

use async_nats::jetstream::Context;
use async_trait::async_trait;
use gpuaas_log::hash::Hash;
use gpuaas_log::restore::{KeptCheckpoint, Source, SourceError};
use uuid::Uuid;

use super::blobs::Blobs;
use super::error::MirrorError;
use super::names::{self, BLOBS, Beside};
use super::pages::{self, Wanted};
use super::settings::Settings;
use super::streams::find;

/// A mirror that is read.
pub struct Mirror {
    context: Context,
    blobs: Blobs,
    place: String,
    log: Uuid,
}

impl Mirror {
    /// Opens the mirror of the one log that a NATS holds.
    pub async fn open(settings: &Settings) -> Result<Self, MirrorError> {
        let context = settings.connect(Arc::default()).await?;
        let log = find(&context, None).await?.log.ok_or(MirrorError::Empty)?;
        let blobs = Blobs::existing(&context, BLOBS).await?;
        let hosts: Vec<String> =
            settings.servers()?.iter().map(|server| format!("{}:{}", server.host(), server.port())).collect();
        Ok(Self { context, blobs, place: format!("the mirror in NATS at {}", hosts.join(",")), log })
    }

    /// The log whose mirror it is.
    #[must_use]
    pub fn log_id(&self) -> Uuid {
        self.log
    }

    /// The bytes of entries after a position, as far as there is no gap; none at the end.
    pub async fn read(&self, after: u64, limit: usize) -> Result<Vec<Arc<[u8]>>, MirrorError> {
        let lineage = find(&self.context, Some(self.log)).await?.lineage;
        let first = after + 1;
        if first > lineage.end() {
            return Ok(Vec::new());
        }
        let missing = |position| MirrorError::Damaged(format!("message {position} is missing in every generation"));
        let (held, until) = lineage.holder(first).filter(|(_, until)| *until >= first).ok_or_else(|| missing(first))?;
        let wanted = Wanted { from: first, ..Wanted::default() };
        let limit = limit.min(usize::try_from(until - after).unwrap_or(usize::MAX));
        let page = pages::page(&self.context, &names::log_stream(held.number), &wanted, limit).await?;
        let mut entries: Vec<Arc<[u8]>> = Vec::with_capacity(page.len());
        for (message, position) in page.iter().zip(first..) {
            if pages::sequence(message)? != position {
                break;
            }
            entries.push(message.payload.to_vec().into());
        }
        if entries.is_empty() { Err(missing(first)) } else { Ok(entries) }
    }
}

fn source_error(error: MirrorError) -> SourceError {
    match error {
        MirrorError::Damaged(said) => SourceError::Damaged(said),
        MirrorError::Nats(_)
        | MirrorError::Foreign { .. }
        | MirrorError::Empty
        | MirrorError::Store(_)
        | MirrorError::Event(_) => SourceError::Unavailable(error.to_string()),
    }
}

#[async_trait]
impl Source for Mirror {
    fn place(&self) -> String {
        self.place.clone()
    }

    async fn entries(&self, after: u64, limit: usize) -> Result<Vec<Arc<[u8]>>, SourceError> {
        self.read(after, limit).await.map_err(source_error)
    }

    async fn body(&self, digest: Hash) -> Result<Option<Arc<[u8]>>, SourceError> {
        Ok(self.blobs.get(Beside::Body(digest)).await.map_err(source_error)?.map(Into::into))
    }

    async fn blob(&self, digest: Hash) -> Result<Option<Arc<[u8]>>, SourceError> {
        Ok(self.blobs.get(Beside::Blob(digest)).await.map_err(source_error)?.map(Into::into))
    }

    async fn checkpoints(&self) -> Result<Vec<KeptCheckpoint>, SourceError> {
        let mut kept = Vec::new();
        for size in self.blobs.listed(Beside::CHECKPOINTS).await.map_err(source_error)? {
            let Ok(number) = size.parse() else { continue };
            let what = Beside::Checkpoint(number);
            if let Some(note) = self.blobs.get(what).await.map_err(source_error)? {
                kept.push(KeptCheckpoint { name: what.piece(0), note });
            }
        }
        Ok(kept)
    }
}
