//! Where the mirror stands, and what follows from it: go on, or begin a generation.

use async_nats::jetstream::stream::LastRawMessageErrorKind;
use gpuaas_log::entry::StoredEntry;

use super::Raw;
use crate::jetstream::error::{MirrorError, nats};
use crate::jetstream::names;
use crate::jetstream::streams::find;

impl Raw {
    /// Compares the end of the mirror with the log. What is missing at the end is published
    /// by whoever goes on; anything else begins a generation.
    pub(super) async fn place(&mut self) -> Result<(), MirrorError> {
        let found = find(&self.maker.context, Some(self.maker.log)).await?;
        let (known, reached) = self.known();
        let Some(newest) = found.lineage.newest().copied() else {
            if known > 0 {
                self.found("all raw entries are gone; a new generation begins".to_owned());
            }
            return self.begin(found.highest, 1).await;
        };
        if let Some(gap) = found.lineage.gap() {
            self.found(format!("entry {gap} is missing; a new generation begins with it"));
            return self.begin(found.highest, gap).await;
        }
        // NATS was read before the log is, so whatever was mirrored is in the log.
        let mut good = newest.last;
        while good >= newest.first && !self.agrees(newest.number, good).await? {
            good -= 1;
        }
        if good < newest.last {
            let at = good + 1;
            self.found(format!("message {at} is not what the log has; a new generation begins with it"));
            return self.begin(found.highest, at).await;
        }
        if newest.number == known && newest.last < reached {
            self.found(format!("the last entries are gone: those after {} of {reached}", newest.last));
        }
        self.generation = newest.number;
        self.reached(newest.last);
        let suspect = (newest.number, newest.messages);
        if newest.has_holes() && std::mem::replace(&mut self.suspect, suspect) != suspect {
            self.auditor.notify_one();
        }
        Ok(())
    }

    /// Begins a generation where the audit found damage, if it is still there.
    pub(super) async fn confirm(&mut self, position: u64) -> Result<(), MirrorError> {
        let found = find(&self.maker.context, Some(self.maker.log)).await?;
        // What a generation does not have yet is on its way.
        let holder = found.lineage.holder(position).filter(|(_, until)| *until >= position);
        let Some(holder) = holder.map(|(held, _)| held.number) else { return self.place().await };
        if self.agrees(holder, position).await? {
            return Ok(());
        }
        self.found(format!("message {position} is missing or not what the log has; a new generation begins with it"));
        self.begin(found.highest, position).await?;
        // There may be more of it.
        self.auditor.notify_one();
        Ok(())
    }

    async fn begin(&mut self, highest: u64, first: u64) -> Result<(), MirrorError> {
        // Whatever was known of before is not used again.
        let last = highest.max(self.known().0);
        let number = last + 1;
        if number > names::LAST_GENERATION {
            let stream = names::log_stream(last);
            let message =
                format!("the stream {stream} leaves no number for another generation; delete it if it is foreign");
            return Err(MirrorError::Damaged(message));
        }
        self.maker.generation(number, first).await?;
        tracing::info!(generation = number, first, "a generation of the mirror begins");
        self.generation = number;
        self.reached(first - 1);
        Ok(())
    }

    /// The generation that this server has written, over whatever connection, and how far.
    fn known(&self) -> (u64, u64) {
        let status = self.status.borrow();
        (status.generation, status.position)
    }

    /// Whether a message is the log's entry.
    async fn agrees(&self, generation: u64, position: u64) -> Result<bool, MirrorError> {
        let stream = self.maker.context.get_stream_no_info(names::log_stream(generation)).await.map_err(nats)?;
        let message = match stream.get_raw_message(position).await {
            Ok(message) => message,
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => return Ok(false),
            Err(error) => return Err(nats(error)),
        };
        let entry: Option<StoredEntry> = self.log.entry(position).await?;
        Ok(entry.is_some_and(|entry| *entry.bytes == *message.payload))
    }

    /// Removes generations that are of no more use, once a newer one has all they had.
    pub(super) async fn tidy(&self) -> Result<(), MirrorError> {
        let found = find(&self.maker.context, Some(self.maker.log)).await?;
        if found.lineage.newest().is_none_or(|newest| newest.number != self.generation) {
            return Ok(());
        }
        for number in found.lineage.obsolete() {
            tracing::info!(generation = number, "a generation of the mirror is of no more use");
            self.maker.context.delete_stream(names::log_stream(*number)).await.map_err(nats)?;
        }
        Ok(())
    }
}
