//! Searches of the audit trail.

use axum::Json;
use axum::extract::State;
use gpuaas_commands::{Action, Scope};
use gpuaas_domain::id::OrganizationId;
use gpuaas_projections::queries::SearchPage;

use super::terms::{only_of, searched};
use crate::app::Shared;
use crate::http::mutation::NoPath;
use crate::http::page::{DEFAULT_LIMIT, Page};
use crate::http::{Problem, Read};
use crate::routes::path::InOrganization;
use crate::routes::scope;
use crate::views::audit::{RecordOrder, RecordView};

searched! {
    /// Which records, and which page of them.
    Records {
        /// In which order; left out: the newest first.
        order: Option<RecordOrder>,
        /// Most items of the page.
        #[param(minimum = 1, maximum = 200, default = 50)]
        limit: Option<u16>,
        /// `next_cursor` of the page before.
        #[param(max_length = 1024)]
        cursor: Option<String>,
    }
}

/// Searches the audit trail of the whole log. For platform auditors.
#[utoipa::path(get, path = "/api/v1/audit/entries", tag = "audit", operation_id = "search_audit", params(Records),
    responses((status = 200, description = "A page of records", body = Page<RecordView>)))]
pub(in crate::routes) async fn whole(
    State(app): State<Shared>,
    read: Read<NoPath, Records>,
) -> Result<Json<Page<RecordView>>, Problem> {
    read.allow(&app, Action::SearchAudit, Scope::Platform).await?;
    let organization = read.query.org_id;
    search(&app, read.position, organization, &read.query).await
}

/// Searches the audit trail of an organization: what was done to what belongs to it.
#[utoipa::path(get, path = "/api/v1/orgs/{org_id}/audit/entries", tag = "audit",
    operation_id = "search_organization_audit", params(InOrganization, Records),
    responses((status = 200, description = "A page of records", body = Page<RecordView>)))]
pub(in crate::routes) async fn organization(
    State(app): State<Shared>,
    read: Read<InOrganization, Records>,
) -> Result<Json<Page<RecordView>>, Problem> {
    let organization = read.path.org_id;
    read.allow(&app, Action::SearchOrganizationAudit, scope::organization(&app, organization).await?).await?;
    only_of(organization, read.query.org_id)?;
    search(&app, read.position, Some(organization), &read.query).await
}

async fn search(
    app: &Shared,
    position: Option<u64>,
    organization: Option<OrganizationId>,
    records: &Records,
) -> Result<Json<Page<RecordView>>, Problem> {
    let search = records.terms().search(organization)?;
    let page = SearchPage {
        newest_first: records.order.unwrap_or(RecordOrder::Newest) == RecordOrder::Newest,
        cursor: records.cursor.clone(),
        limit: records.limit.unwrap_or(DEFAULT_LIMIT).into(),
    };
    let at_least = position.unwrap_or(*app.engine.log().head().borrow());
    let found = app.reads.search(&search, &page, at_least).await?;
    Ok(Json(Page { items: found.records.into_iter().map(Into::into).collect(), next_cursor: found.next }))
}
