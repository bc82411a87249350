//! Keeps cached states current with what other processes append.

use std::sync::atomic::Ordering;

use gpuaas_log::append::StreamId;

use super::Engine;

/// Entries read at a time.
const PAGE: usize = 1_000;

impl Engine {
    /// Follows the log for as long as it is polled. Run it beside the engine; without it
    /// cached states fall behind, which costs retries and shows revoked tokens to reads.
    pub async fn follow(&self) {
        let mut head = self.shared.log.head();
        let mut position = *head.borrow_and_update();
        loop {
            self.shared.followed.store(position, Ordering::Release);
            match self.shared.log.news(position, PAGE).await {
                Ok(page) if page.is_empty() => {
                    if head.changed().await.is_err() {
                        return;
                    }
                }
                Ok(page) => {
                    for stored in &page {
                        position = stored.position;
                        if let Ok(entry) = stored.entry() {
                            let stream = StreamId::new(entry.stream.kind.to_owned(), entry.stream.id);
                            self.shared.states.follow(&stream, entry.version, stored);
                        }
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the log cannot be followed at present");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }
}

/// How long to wait when the log cannot be read.
const RETRY: std::time::Duration = std::time::Duration::from_millis(500);
