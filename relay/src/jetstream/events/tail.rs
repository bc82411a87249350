//! Where the stream of events ends, and whether all that is in it is the log's.

use async_nats::HeaderMap;
use async_nats::jetstream::stream::{LastRawMessageErrorKind, Stream};

use super::{Events, PAGE, Tail, message};
use crate::jetstream::error::{MirrorError, nats};
use crate::jetstream::names::EVENTS;
use crate::jetstream::pages::{self, Wanted};

impl Events {
    /// The last event that is the log's. What follows it is foreign, and removed.
    pub(super) async fn tail(&self) -> Result<Tail, MirrorError> {
        let stream = self.stream().await?;
        let state = stream.get_info().await.map_err(nats)?.state;
        let mut sequence = state.last_sequence;
        while state.messages > 0 && sequence >= state.first_sequence {
            match stream.get_raw_message(sequence).await {
                Ok(found) => {
                    let ours = self.is_of_the_log(&found.subject, &found.headers, &found.payload).await?;
                    if let Some(position) = ours {
                        return Ok(Tail { sequence: state.last_sequence, event: Some(position), position });
                    }
                    self.remove(&stream, sequence).await?;
                }
                Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => {}
                Err(error) => return Err(nats(error)),
            }
            sequence -= 1;
        }
        let event = (state.messages > 0).then_some(0);
        Ok(Tail { sequence: state.last_sequence, event, position: 0 })
    }

    /// Compares every event with the log, and removes what is foreign, damaged, there twice or
    /// out of order.
    /// Whoever misses an event that was damaged asks the server for it.
    pub(in crate::jetstream) async fn audit(&self) -> Result<(), MirrorError> {
        let stream = self.stream().await?;
        let end = stream.get_info().await.map_err(nats)?.state.last_sequence;
        let mut wanted = Wanted { from: 1, ..Wanted::default() };
        // Events stand in the order of the log, so one that does not go on from the last is
        // there twice, or was moved.
        let mut reached = 0;
        loop {
            let page = pages::page(&self.maker.context, EVENTS, &wanted, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            wanted.from = pages::sequence(last)? + 1;
            for found in &page {
                let sequence = pages::sequence(found)?;
                if sequence > end {
                    return Ok(());
                }
                let none = HeaderMap::new();
                let headers = found.headers.as_ref().unwrap_or(&none);
                match self.is_of_the_log(&found.subject, headers, &found.payload).await? {
                    Some(position) if position > reached => reached = position,
                    Some(_) | None => self.remove(&stream, sequence).await?,
                }
            }
        }
    }

    /// The position of a message that is the log's.
    async fn is_of_the_log(
        &self,
        subject: &str,
        headers: &HeaderMap,
        payload: &[u8],
    ) -> Result<Option<u64>, MirrorError> {
        let Some(position) = message::position(self.maker.log, headers, payload) else { return Ok(None) };
        let Some(stored) = self.log.entry(position).await? else { return Ok(None) };
        let ours = self.message(&stored).await?;
        Ok(ours.is_some_and(|ours| ours.is(subject, headers, payload)).then_some(position))
    }

    async fn remove(&self, stream: &Stream, sequence: u64) -> Result<(), MirrorError> {
        self.found(format!("message {sequence} of {EVENTS} is not what the log has; it is removed"));
        match stream.delete_message(sequence).await {
            Ok(_) => Ok(()),
            // Another server was quicker.
            Err(_) if stream.get_raw_message(sequence).await.is_err() => Ok(()),
            Err(error) => Err(nats(error)),
        }
    }
}
