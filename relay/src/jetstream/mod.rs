//! The log in NATS JetStream: what `docs/subscribing/jetstream.md` promises to subscribers.
//!
//! Three kinds of streams. `LOG_<generation>` holds the raw entries, its sequence being the
//! position; `BLOBS` what lies beside the entries (bodies, blobs, checkpoints); `EVENTS` the
//! public events. Whatever is published carries the stream's last sequence that its publisher
//! expects, so that any number of servers may publish, and none publishes twice.
//!
//! The mirror is never the truth. What it holds is compared with the log at each start, now
//! and then at its end, and as a whole in audits: what is missing at the end is published
//! again, a loss inside begins a new generation, and what is foreign among the events is
//! removed.
//!
//! What this is not for: deciding who may read which subject. That is for the accounts and
//! permissions of NATS.

mod audit;
mod blobs;
mod error;
mod events;
mod lineage;
mod names;
mod pages;
mod publisher;
mod raw;
mod settings;
mod source;
mod status;
mod streams;

pub use error::MirrorError;
pub use names::{BLOBS, EVENTS, header, log_stream, subject};
pub(crate) use names::{PLATFORM, subject_under};
pub use publisher::Publisher;
pub use settings::Settings;
pub use source::Mirror;
pub use status::Status;
