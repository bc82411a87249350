//! Kept answers for the write side, in the read database: they are no authority.

use std::time::Duration;

use async_trait::async_trait;
use gpuaas_commands::{Answers, KeptAnswer, Refusal};
use gpuaas_domain::Code;
use gpuaas_log::hash::Hash;
use gpuaas_log::payload;
use gpuaas_projections::{self as projections, ReadError};

use crate::keystore::now;

/// Answers in the read database.
pub(super) struct KeptAnswers {
    kept: projections::Answers,
}

impl KeptAnswers {
    pub(super) fn new(kept: projections::Answers) -> Self {
        Self { kept }
    }
}

#[async_trait]
impl Answers for KeptAnswers {
    async fn get(&self, idempotency: Hash) -> Result<Option<(Hash, KeptAnswer)>, Refusal> {
        let Some((request, bytes)) = self.kept.get(idempotency, now()).await.map_err(refusal)? else {
            return Ok(None);
        };
        // An answer that another version of this program kept is decided again.
        Ok(payload::decode(&bytes).ok().map(|answer| (request, answer)))
    }

    async fn put(&self, idempotency: Hash, request: Hash, answer: KeptAnswer) -> Result<(), Refusal> {
        let bytes = payload::encode(&answer).map_err(Refusal::internal)?;
        self.kept.put(idempotency, request, bytes, now()).await.map(drop).map_err(refusal)
    }
}

fn refusal(error: ReadError) -> Refusal {
    if !error.retryable() {
        return Refusal::internal(error);
    }
    tracing::warn!(%error, "the kept answers cannot be reached");
    Refusal {
        retry_after: Some(Duration::from_secs(1)),
        ..Refusal::new(Code::Unavailable, "the read database cannot be reached at present; try again")
    }
}
