//! The bounds of an appender.

use std::time::Duration;

use super::clock::{Now, system_clock};

/// How an appender behaves. The defaults suit a server.
#[derive(Clone)]
pub struct AppenderOptions {
    /// Most bytes that may wait in the queue.
    pub queue_bytes: usize,
    /// How many of them only policies may use.
    pub policy_reserve: usize,
    /// How long an append may wait before it is refused.
    pub deadline: Duration,
    /// Most entries written at once; an append with more is written alone.
    pub batch_entries: usize,
    /// Most bytes written at once; an append with more is written alone.
    pub batch_bytes: usize,
    /// How long a batch may wait for callers who were just answered and ask again.
    pub linger: Duration,
    /// Most entries of one append.
    pub append_entries: usize,
    /// Most bytes of one append, bodies and blobs included.
    pub append_bytes: usize,
    /// Streams, claims and commands that are remembered, each at least.
    pub remembered: usize,
    /// Commit the owners' heads after so many entries; `None`: by time only.
    pub heads_after_entries: Option<u64>,
    /// Commit the owners' heads when there are new entries, this often; `None`: only
    /// when asked.
    pub heads_every: Option<Duration>,
    /// The time.
    pub now: Now,
}

impl Default for AppenderOptions {
    fn default() -> Self {
        Self {
            queue_bytes: 64 << 20,
            policy_reserve: 8 << 20,
            deadline: Duration::from_secs(10),
            batch_entries: 512,
            batch_bytes: 4 << 20,
            linger: Duration::from_micros(300),
            append_entries: 1_000,
            append_bytes: 16 << 20,
            remembered: 1 << 18,
            heads_after_entries: Some(10_000),
            heads_every: Some(Duration::from_secs(10)),
            now: system_clock(),
        }
    }
}
