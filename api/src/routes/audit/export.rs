//! What a search of the audit trail finds, as a file: CSV or JSON lines, the oldest first. It
//! is sent as it is found, so that no more than a page of it is in memory.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use futures::{Stream, stream};
use gpuaas_commands::{Action, Scope};
use gpuaas_domain::id::OrganizationId;
use gpuaas_projections::queries::{MAX_LIMIT, Search, SearchPage};

use super::terms::searched;
use crate::app::Shared;
use crate::audit_file;
use crate::http::mutation::NoPath;
use crate::http::{Problem, Read};
use crate::routes::path::InOrganization;
use crate::routes::scope;
use crate::views::audit::{AuditExport, AuditFormat, RecordView};
use crate::views::vocabulary;

searched! {
    /// Which records of the whole log, and as what.
    AllWanted {
        /// What belongs to this organization.
        #[param(value_type = Option<vocabulary::OrganizationId>)]
        org_id: Option<OrganizationId>,
        /// As what; left out: as JSON lines.
        format: Option<AuditFormat>,
    }
}

searched! {
    /// Which records of an organization, and as what.
    Wanted {
        /// As what; left out: as JSON lines.
        format: Option<AuditFormat>,
    }
}

/// Sends all records of the log that a search finds. For platform auditors.
#[utoipa::path(get, path = "/api/v1/audit/export", tag = "audit", operation_id = "export_audit", params(AllWanted),
    responses((status = 200, description = "The records, the oldest first",
        content((AuditExport = "application/jsonl"), (AuditExport = "text/csv")))))]
pub(in crate::routes) async fn whole(
    State(app): State<Shared>,
    read: Read<NoPath, AllWanted>,
) -> Result<Response, Problem> {
    read.allow(&app, Action::SearchAudit, Scope::Platform).await?;
    let search = read.query.terms().search(read.query.org_id)?;
    send(app, read.position, search, read.query.format).await
}

/// Sends all records of an organization that a search finds.
#[utoipa::path(get, path = "/api/v1/orgs/{org_id}/audit/export", tag = "audit",
    operation_id = "export_organization_audit", params(InOrganization, Wanted),
    responses((status = 200, description = "The records, the oldest first",
        content((AuditExport = "application/jsonl"), (AuditExport = "text/csv")))))]
pub(in crate::routes) async fn organization(
    State(app): State<Shared>,
    read: Read<InOrganization, Wanted>,
) -> Result<Response, Problem> {
    let organization = read.path.org_id;
    read.allow(&app, Action::SearchOrganizationAudit, scope::organization(&app, organization).await?).await?;
    let search = read.query.terms().search(Some(organization))?;
    send(app, read.position, search, read.query.format).await
}

async fn send(
    app: Shared,
    position: Option<u64>,
    search: Search,
    format: Option<AuditFormat>,
) -> Result<Response, Problem> {
    let format = format.unwrap_or(AuditFormat::Jsonl);
    let (kind, head) = match format {
        AuditFormat::Csv => ("text/csv; charset=utf-8; header=present", audit_file::csv_head()),
        AuditFormat::Jsonl => ("application/jsonl", String::new()),
    };
    // The first page is found before anything is answered: a search that fails is refused.
    let at_least = position.unwrap_or(*app.engine.log().head().borrow());
    let pages = Pages { app, search, at_least, format, next: Next::First(head) };
    let (first, pages) = pages.step().await?;
    let body = Body::from_stream(pieces(first, pages));
    let name = match format {
        AuditFormat::Csv => "attachment; filename=\"audit.csv\"",
        AuditFormat::Jsonl => "attachment; filename=\"audit.jsonl\"",
    };
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], body).into_response())
}

/// Where an export stands.
struct Pages {
    app: Shared,
    search: Search,
    at_least: u64,
    format: AuditFormat,
    next: Next,
}

enum Next {
    /// Nothing was sent; this goes before all.
    First(String),
    /// After this cursor.
    After(String),
    /// All of it was sent.
    Nothing,
}

impl Pages {
    /// The next piece, and where the export stands then.
    async fn step(mut self) -> Result<(String, Self), Problem> {
        let (mut text, cursor) = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::First(head) => (head, None),
            Next::After(cursor) => (String::new(), Some(cursor)),
            Next::Nothing => return Ok((String::new(), self)),
        };
        let page = SearchPage { newest_first: false, cursor, limit: MAX_LIMIT };
        let found = self.app.reads.search(&self.search, &page, self.at_least).await?;
        for record in found.records {
            let view = RecordView::from(record);
            text += &match self.format {
                AuditFormat::Csv => audit_file::csv_line(&view),
                AuditFormat::Jsonl => audit_file::json_line(&view)?,
            };
        }
        self.next = found.next.map_or(Next::Nothing, Next::After);
        Ok((text, self))
    }
}

/// The pieces of an export. One that fails in the middle ends in an error, so that the client
/// cannot take what it has for all.
fn pieces(first: String, pages: Pages) -> impl Stream<Item = std::io::Result<Bytes>> + Send {
    stream::try_unfold((Some(first), pages), |(ready, pages)| async move {
        if let Some(ready) = ready {
            return Ok(Some((Bytes::from(ready), (None, pages))));
        }
        if matches!(pages.next, Next::Nothing) {
            return Ok(None);
        }
        let (text, pages) = pages.step().await.map_err(std::io::Error::other)?;
        Ok(Some((Bytes::from(text), (None, pages))))
    })
}
