//! Reading a stream page by page, as it is just now: a page never waits for what may come.

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use async_nats::jetstream::{Context, Message};
use futures::TryStreamExt as _;

use super::error::{MirrorError, nats, told};

/// How long a consumer outlives whoever made it.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(30);

/// What of a stream is read.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    /// From this sequence on.
    pub(super) from: u64,
    /// Of this subject only; empty: of any.
    pub(super) subject: String,
    /// Without payloads.
    pub(super) headers_only: bool,
}

/// Messages of a stream in order, at most `limit`; none if there are no more now. A message
/// that NATS cannot read is left out.
pub(super) async fn page(
    context: &Context,
    stream: &str,
    wanted: &Wanted,
    limit: usize,
) -> Result<Vec<Message>, MirrorError> {
    let stream = context.get_stream_no_info(stream).await.map_err(nats)?;
    let config = pull::Config {
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: wanted.from.max(1) },
        ack_policy: AckPolicy::None,
        filter_subject: wanted.subject.clone(),
        headers_only: wanted.headers_only,
        inactive_threshold: FORGOTTEN_AFTER,
        memory_storage: true,
        num_replicas: 1,
        ..pull::Config::default()
    };
    let consumer = stream.create_consumer(config).await.map_err(nats)?;
    let fetched = consumer.fetch().max_messages(limit).messages().await.map_err(nats)?;
    let messages: Vec<Message> = fetched.try_collect().await.map_err(told)?;
    // It goes by itself if this fails.
    let _ = stream.delete_consumer(&consumer.cached_info().name).await;
    Ok(messages)
}

/// The sequence of a message in its stream.
pub(super) fn sequence(message: &Message) -> Result<u64, MirrorError> {
    message.info().map(|info| info.stream_sequence).map_err(told)
}
