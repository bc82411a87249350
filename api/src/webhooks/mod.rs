//! Sends public events to webhooks, as Standard Webhooks says (standardwebhooks.com).
//!
//! Each webhook gets the events of its organization that its filter lets through, in the
//! order of the log, at least once: its place moves when an event was taken (a status of
//! 2xx), and what was sent without the place moving is sent again under the same id. One
//! that fails is tried again for days; then it becomes a dead letter, and the next one has
//! its turn. Where that fails, too, the webhook is disabled, and stands before that event.
//!
//! What this is not for: deciding who may have a webhook (that is a command), and where one
//! may lead (that is the outgoing client).

mod attempt;
mod redelivery;
mod schedule;
mod sender;
mod settings;
mod signature;
mod supervisor;
mod turns;
mod watched;

pub(crate) use supervisor::run;

pub use settings::Settings;

use gpuaas_commands::Refusal;
use gpuaas_projections::ReadError;
use gpuaas_relay::Ended;
use gpuaas_relay::feed::FeedError;

/// Why nothing was sent, which says nothing about the webhook: it is tried again.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    /// The places cannot be read or moved.
    #[error(transparent)]
    Places(#[from] ReadError),
    /// The write side or the key store cannot be asked.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The log cannot be read.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// The events ended.
    #[error(transparent)]
    Ended(#[from] Ended),
    /// Something that is always there is not.
    #[error("{0}")]
    Missing(String),
}
