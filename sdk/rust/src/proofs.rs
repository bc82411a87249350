//! Entries of the log and proofs of them: answers that are bytes, and no JSON.

use std::time::Duration;

use crate::client::{Client, segment};
use crate::error::Error;

/// Longest wait for what is small.
const ANSWER: Duration = Duration::from_secs(60);

impl Client {
    /// The bytes of an entry, which its receipt is for.
    ///
    /// `GET /api/v1/log/entries/{position}`
    pub async fn get_log_entry(&self, position: u64) -> Result<Vec<u8>, Error> {
        self.bytes(&format!("/api/v1/log/entries/{position}")).await
    }

    /// The receipt of an entry: a C2SP `tlog-proof`.
    ///
    /// `GET /api/v1/log/entries/{position}/receipt`
    pub async fn get_log_entry_receipt(&self, position: u64) -> Result<String, Error> {
        self.text(&format!("/api/v1/log/entries/{position}/receipt")).await
    }

    /// The proof that the checkpoint of one size extends that of another, for an auditor of
    /// the platform or of an organization.
    ///
    /// `GET /api/v1/log/consistency`
    pub async fn get_log_consistency(&self, from: u64, to: u64, org_id: Option<&str>) -> Result<String, Error> {
        let organization = org_id.map(|id| format!("&org_id={}", segment(id))).unwrap_or_default();
        self.text(&format!("/api/v1/log/consistency?from={from}&to={to}{organization}")).await
    }

    /// The published checkpoint.
    ///
    /// `GET /log/checkpoint`
    pub async fn get_log_checkpoint(&self) -> Result<String, Error> {
        self.text("/log/checkpoint").await
    }

    async fn text(&self, path: &str) -> Result<String, Error> {
        let bytes = self.bytes(path).await?;
        String::from_utf8(bytes).map_err(|_| self.foreign("a text that is not UTF-8".to_owned()))
    }

    async fn bytes(&self, path: &str) -> Result<Vec<u8>, Error> {
        let body = self.open(path, |request| request).await?.bytes();
        let bytes = tokio::time::timeout(ANSWER, body).await.map_err(|_| self.silent(ANSWER))?;
        Ok(bytes.map_err(|error| self.unreachable(&error))?.into())
    }
}
