//! Answers kept for idempotency keys whose commands left no event.
//!
//! Not authority: an answer that is lost lets the request be decided again.

use gpuaas_domain::Timestamp;
use gpuaas_log::hash::Hash;

use crate::store::{ReadError, ReadStore, Statement};

/// How long an answer is kept: 24 hours.
const KEPT_SECONDS: u64 = 24 * 60 * 60;

/// Expired answers that are removed with each that is added: more than one, so that
/// they go sooner or later without a task that sees to it.
const REMOVED_WITH_EACH: u32 = 16;

/// The kept answers.
#[derive(Clone)]
pub struct Answers {
    store: ReadStore,
}

impl Answers {
    /// Those in a database.
    #[must_use]
    pub fn new(store: ReadStore) -> Self {
        Self { store }
    }

    /// The digest of the request and the answer for an idempotency hash.
    pub async fn get(&self, idempotency: Hash, now: Timestamp) -> Result<Option<(Hash, Vec<u8>)>, ReadError> {
        let kept = Statement::new("SELECT request, answer FROM read_answers WHERE idempotency = ? AND expires_at > ?")
            .value(idempotency.0.to_vec())
            .value(now.0);
        let Some(row) = self.store.row(kept).await? else { return Ok(None) };
        let request: Vec<u8> = row.get(0)?;
        let request =
            Hash::from_slice(&request).ok_or_else(|| ReadError::Damaged("a digest of another size".into()))?;
        Ok(Some((request, row.get(1)?)))
    }

    /// Keeps an answer for 24 hours, unless there is one. Says whether it was kept.
    pub async fn put(
        &self,
        idempotency: Hash,
        request: Hash,
        answer: Vec<u8>,
        now: Timestamp,
    ) -> Result<bool, ReadError> {
        if let Err(error) = self.remove_expired(now).await {
            tracing::debug!(%error, "expired answers stay until the next one is kept");
        }
        let keep = Statement::new(
            "INSERT INTO read_answers (idempotency, request, answer, expires_at) VALUES (?, ?, ?, ?) \
             ON CONFLICT (idempotency) DO UPDATE SET request = excluded.request, answer = excluded.answer, \
             expires_at = excluded.expires_at WHERE read_answers.expires_at <= ?",
        )
        .value(idempotency.0.to_vec())
        .value(request.0.to_vec())
        .value(answer)
        .value(now.plus_seconds(KEPT_SECONDS).0)
        .value(now.0);
        Ok(self.store.execute(keep).await? == 1)
    }

    async fn remove_expired(&self, now: Timestamp) -> Result<u64, ReadError> {
        let remove = Statement::new(
            "DELETE FROM read_answers WHERE idempotency IN \
             (SELECT idempotency FROM read_answers WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)",
        )
        .value(now.0)
        .value(REMOVED_WITH_EACH);
        self.store.execute(remove).await
    }
}
