//! Exports of the log, of its audit trail and of evidence: answers that are too large for memory, taken
//! piece by piece.

use std::time::Duration;

use reqwest::Response;

use crate::client::{Client, segment};
use crate::error::Error;
use crate::generated::SearchAuditQuery;

/// A server that sends nothing for so long will not go on.
const SILENCE: Duration = Duration::from_secs(60);

/// An export that is being received.
#[derive(Debug)]
pub struct Export {
    client: Client,
    response: Response,
}

impl Client {
    /// Exports the whole log, up to now.
    ///
    /// `GET /api/v1/log/export`
    pub async fn export_log(&self) -> Result<Export, Error> {
        self.export("/api/v1/log/export").await
    }

    /// Exports everything that belongs to an organization, up to now.
    ///
    /// `GET /api/v1/orgs/{org_id}/log/export`
    pub async fn export_organization_log(&self, org_id: &str) -> Result<Export, Error> {
        self.export(&format!("/api/v1/orgs/{}/log/export", segment(org_id))).await
    }

    /// Exports what a search of the audit trail finds, in an organization or in the whole log:
    /// as CSV or as JSON lines, the oldest first.
    ///
    /// `GET /api/v1/audit/export`, `GET /api/v1/orgs/{org_id}/audit/export`
    pub async fn export_audit(
        &self,
        org_id: Option<&str>,
        search: &SearchAuditQuery,
        as_csv: bool,
    ) -> Result<Export, Error> {
        let path = match org_id {
            Some(org_id) => format!("/api/v1/orgs/{}/audit/export", segment(org_id)),
            None => "/api/v1/audit/export".to_owned(),
        };
        let format = [("format", if as_csv { "csv" } else { "jsonl" })];
        let response = self.open(&path, |request| request.query(search).query(&format)).await?;
        Ok(Export { client: self.clone(), response })
    }

    /// Exports a closed bundle of evidence with the receipts of its entries.
    ///
    /// `GET /api/v1/evidence-bundles/{evidence_bundle_id}/file`
    pub async fn export_evidence_bundle(&self, evidence_bundle_id: &str) -> Result<Export, Error> {
        self.export(&format!("/api/v1/evidence-bundles/{}/file", segment(evidence_bundle_id))).await
    }

    async fn export(&self, path: &str) -> Result<Export, Error> {
        Ok(Export { client: self.clone(), response: self.open(path, |request| request).await? })
    }
}

impl Export {
    /// The next piece of the file; `None` at its end. After an error the file is not whole.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let chunk = tokio::time::timeout(SILENCE, self.response.chunk()).await;
        let chunk = chunk.map_err(|_| self.client.silent(SILENCE))?;
        Ok(chunk.map_err(|error| self.client.unreachable(&error))?.map(Vec::from))
    }
}
