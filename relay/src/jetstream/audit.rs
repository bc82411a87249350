//! The audit: the whole mirror, compared with the log.

use std::collections::HashSet;

use gpuaas_log::Log;
use gpuaas_log::store::StoreError;
use tokio::sync::{mpsc, watch};

use super::blobs::Blobs;
use super::error::MirrorError;
use super::names::{self, Beside};
use super::pages::{self, Wanted};
use super::raw::{blob_fields, body_of, found};
use super::status::Status;
use super::streams::{Maker, find};

/// Entries compared at once.
const PAGE: usize = 500;

/// Compares the raw entries and what lies beside them.
pub(super) struct Audit<'a> {
    pub(super) log: &'a Log,
    pub(super) maker: &'a Maker,
    pub(super) status: &'a watch::Sender<Status>,
    /// Where damage among the raw entries is told.
    pub(super) damaged: &'a mpsc::Sender<u64>,
}

impl Audit<'_> {
    /// Reads all of it.
    pub(super) async fn run(&self) -> Result<(), MirrorError> {
        let blobs = Blobs::open(self.maker).await?;
        let bodies = blobs.listed(Beside::BODIES).await?;
        // The mirror is listed before the log is read, so the log has all that the mirror has.
        let end = find(&self.maker.context, Some(self.maker.log)).await?.lineage.end();
        let mut fields = blob_fields(self.log).await?;
        let mut alive = HashSet::new();
        let mut position = 0;
        loop {
            let entries = self.log.read(position, PAGE).await?;
            let Some(last) = entries.last() else { break };
            let mirrored = self.mirrored(position, end.min(last.position)).await?;
            for (at, stored) in entries.iter().enumerate() {
                if stored.position <= end && mirrored.get(at).is_none_or(|bytes| **bytes != *stored.bytes) {
                    // Whoever publishes looks again, and begins a generation.
                    let _ = self.damaged.send(stored.position).await;
                    return Ok(());
                }
                if let (Some(digest), Some(body)) = (body_of(stored)?, &stored.body) {
                    alive.insert(digest.to_string());
                    self.complete(&blobs, stored.position, end, Beside::Body(digest), body).await?;
                }
                for digest in fields.named_by(&stored.entry()?, stored.body.as_deref())? {
                    let blob = self.log.blob(digest).await?;
                    let blob = blob.ok_or_else(|| StoreError::Damaged(format!("the blob {digest} is missing")))?;
                    self.complete(&blobs, stored.position, end, Beside::Blob(digest), &blob).await?;
                }
            }
            position = last.position;
        }
        for digest in bodies.iter().filter(|digest| !alive.contains(*digest)) {
            found(self.status, format!("the body {digest} was erased from the log; it is removed"));
            if let Some(digest) = hex::decode(digest).ok().and_then(|bytes| gpuaas_log::hash::Hash::from_slice(&bytes))
            {
                blobs.erase(Beside::Body(digest)).await?;
            }
        }
        Ok(())
    }

    /// The mirrored bytes of the entries after a position, up to another, as far as there is no gap.
    async fn mirrored(&self, after: u64, until: u64) -> Result<Vec<bytes::Bytes>, MirrorError> {
        let mut mirrored = Vec::new();
        let mut next = after + 1;
        let lineage = find(&self.maker.context, Some(self.maker.log)).await?.lineage;
        while next <= until {
            let Some((held, last)) = lineage.holder(next) else { break };
            let until = until.min(last);
            if until < next {
                break;
            }
            let wanted = Wanted { from: next, ..Wanted::default() };
            let limit = usize::try_from(until + 1 - next).unwrap_or(usize::MAX);
            let page = pages::page(&self.maker.context, &names::log_stream(held.number), &wanted, limit).await?;
            let before = next;
            for message in page {
                if pages::sequence(&message)? != next {
                    return Ok(mirrored);
                }
                mirrored.push(message.message.payload);
                next += 1;
            }
            if next == before {
                break;
            }
        }
        Ok(mirrored)
    }

    async fn complete(
        &self,
        blobs: &Blobs,
        position: u64,
        end: u64,
        what: Beside,
        bytes: &[u8],
    ) -> Result<(), MirrorError> {
        // What was not mirrored yet is not missing.
        if position <= end && blobs.complete(what, bytes).await? {
            found(self.status, format!("what entry {position} names was missing or damaged; it is there again"));
        }
        Ok(())
    }
}
