//! What lies beside the entries: bodies, blobs and checkpoints, in pieces that a message holds.

use async_nats::jetstream::Context;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{LastRawMessageErrorKind, Stream};
use bytes::Bytes;
use futures::TryStreamExt as _;

use super::error::{MirrorError, nats};
use super::names::{Beside, header};
use super::streams::Maker;

/// Bytes of a piece: a NATS server takes messages of a megabyte where nobody says otherwise.
const PIECE: usize = 256 * 1024;

/// The stream that holds them.
#[derive(Debug, Clone)]
pub(super) struct Blobs {
    context: Context,
    stream: Stream,
}

impl Blobs {
    /// Opens it, and makes it where it is not there.
    pub(super) async fn open(maker: &Maker) -> Result<Self, MirrorError> {
        Ok(Self { context: maker.context.clone(), stream: maker.blobs().await? })
    }

    /// Opens what is there.
    pub(super) async fn existing(context: &Context, name: &str) -> Result<Self, MirrorError> {
        Ok(Self { context: context.clone(), stream: context.get_stream(name).await.map_err(nats)? })
    }

    async fn put(&self, what: Beside, bytes: &[u8]) -> Result<(), MirrorError> {
        // Even no bytes are one piece.
        let pieces = bytes.len().div_ceil(PIECE).max(1);
        let mut acks = Vec::with_capacity(pieces);
        for number in 0..pieces {
            let piece = &bytes[number * PIECE..bytes.len().min((number + 1) * PIECE)];
            let message = PublishMessage::build()
                .payload(Bytes::copy_from_slice(piece))
                .header(header::PIECES, pieces.to_string());
            acks.push(self.context.send_publish(what.piece(number), message).await.map_err(nats)?);
        }
        for ack in acks {
            ack.await.map_err(nats)?;
        }
        Ok(())
    }

    /// The bytes, if they are there and are what they should be.
    pub(super) async fn get(&self, what: Beside) -> Result<Option<Vec<u8>>, MirrorError> {
        let mut bytes = Vec::new();
        let mut number = 0;
        let mut pieces = 1;
        while number < pieces {
            let message = match self.stream.get_last_raw_message_by_subject(&what.piece(number)).await {
                Ok(message) => message,
                Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => return Ok(None),
                Err(error) => return Err(nats(error)),
            };
            let said = message.headers.get(header::PIECES).and_then(|pieces| pieces.as_str().parse().ok());
            let Some(said) = said else { return Ok(None) };
            pieces = said;
            bytes.extend_from_slice(&message.payload);
            number += 1;
        }
        Ok(what.is(&bytes).then_some(bytes))
    }

    /// Puts bytes unless they are there. Whether they were not.
    pub(super) async fn complete(&self, what: Beside, bytes: &[u8]) -> Result<bool, MirrorError> {
        let there = self.get(what).await?.is_some_and(|there| there == bytes);
        if !there {
            // NATS would leave what a new message takes the place of on its disks.
            self.erase(what).await?;
            self.put(what, bytes).await?;
        }
        Ok(!there)
    }

    /// Erases every piece, on NATS' disks too: a purge would leave the bytes there until NATS
    /// compacts its files.
    pub(super) async fn erase(&self, what: Beside) -> Result<(), MirrorError> {
        for subject in self.subjects(&what.any_piece()).await? {
            match self.stream.get_last_raw_message_by_subject(&subject).await {
                Ok(message) => drop(self.stream.delete_message(message.sequence).await.map_err(nats)?),
                // Another server was quicker.
                Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => {}
                Err(error) => return Err(nats(error)),
            }
        }
        Ok(())
    }

    async fn subjects(&self, filter: &str) -> Result<Vec<String>, MirrorError> {
        let subjects = self.stream.info_with_subjects(filter).await.map_err(nats)?;
        subjects.map_ok(|(subject, _)| subject).try_collect().await.map_err(nats)
    }

    /// The digests or sizes under [`Beside::BODIES`] or [`Beside::CHECKPOINTS`].
    pub(super) async fn listed(&self, under: &str) -> Result<Vec<String>, MirrorError> {
        let subjects = self.subjects(&format!("{under}.*.*")).await?;
        let mut names: Vec<String> =
            subjects.iter().filter_map(|subject| subject.split('.').nth(2)).map(str::to_owned).collect();
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }
}
