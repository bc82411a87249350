//! Why the mirror cannot be written or read.

use std::fmt::Display;

use gpuaas_log::store::StoreError;

use crate::event::EventError;
use crate::feed::FeedError;

/// Why the mirror cannot be written or read at present.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    /// NATS cannot be reached, or refuses.
    #[error("NATS: {0}")]
    Nats(String),
    /// NATS holds another log.
    #[error("the stream {stream} in NATS is of the log {log}: give each log a NATS account of its own")]
    Foreign {
        /// The stream.
        stream: String,
        /// The log it is of.
        log: String,
    },
    /// Nothing of a log is there.
    #[error("there is no stream LOG_1 or later in NATS: nothing was mirrored there")]
    Empty,
    /// What should be there is not, or is not what was written.
    #[error("{0}")]
    Damaged(String),
    /// The log cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An entry is not one.
    #[error(transparent)]
    Event(#[from] EventError),
}

impl From<FeedError> for MirrorError {
    fn from(error: FeedError) -> Self {
        match error {
            FeedError::Store(error) => Self::Store(error),
            FeedError::Event(error) => Self::Event(error),
        }
    }
}

impl From<gpuaas_log::entry::DecodeError> for MirrorError {
    fn from(error: gpuaas_log::entry::DecodeError) -> Self {
        Self::Event(EventError::Entry(error))
    }
}

/// What the client says, with what led to it: its errors say only half by themselves.
pub(super) fn nats(error: impl std::error::Error) -> MirrorError {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let said = inner.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        source = inner.source();
    }
    MirrorError::Nats(text)
}

/// The same of an error that is only told.
pub(super) fn told(error: impl Display) -> MirrorError {
    MirrorError::Nats(error.to_string())
}
