//! Searches of the audit trail.

use axum::Json;
use axum::extract::State;
use gpuaas_commands::{Action, Scope};
use gpuaas_domain::id::OrganizationId;
use gpuaas_projections::queries::{Search, SearchPage};

use super::terms::searched;
use crate::app::Shared;
use crate::http::mutation::NoPath;
use crate::http::page::{DEFAULT_LIMIT, Page};
use crate::http::{Problem, Read};
use crate::routes::path::InOrganization;
use crate::routes::scope;
use crate::views::audit::{RecordOrder, RecordView};
use crate::views::vocabulary;

searched! {
    /// Which records of the whole log, and which page of them.
    AllRecords {
        /// What belongs to this organization.
        #[param(value_type = Option<vocabulary::OrganizationId>)]
        org_id: Option<OrganizationId>,
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

searched! {
    /// Which records of an organization, and which page of them.
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
#[utoipa::path(get, path = "/api/v1/audit/entries", tag = "audit", operation_id = "search_audit", params(AllRecords),
    responses((status = 200, description = "A page of records", body = Page<RecordView>)))]
pub(in crate::routes) async fn whole(
    State(app): State<Shared>,
    read: Read<NoPath, AllRecords>,
) -> Result<Json<Page<RecordView>>, Problem> {
    read.allow(&app, Action::SearchAudit, Scope::Platform).await?;
    let search = read.query.terms().search(read.query.org_id)?;
    let AllRecords { order, limit, cursor, .. } = read.query;
    found(&app, read.position, &search, page(order, limit, cursor)).await
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
    let search = read.query.terms().search(Some(organization))?;
    let Records { order, limit, cursor, .. } = read.query;
    found(&app, read.position, &search, page(order, limit, cursor)).await
}

fn page(order: Option<RecordOrder>, limit: Option<u16>, cursor: Option<String>) -> SearchPage {
    let newest_first = order.unwrap_or(RecordOrder::Newest) == RecordOrder::Newest;
    SearchPage { newest_first, cursor, limit: limit.unwrap_or(DEFAULT_LIMIT).into() }
}

async fn found(
    app: &Shared,
    position: Option<u64>,
    search: &Search,
    page: SearchPage,
) -> Result<Json<Page<RecordView>>, Problem> {
    let at_least = position.unwrap_or(*app.engine.log().head().borrow());
    let found = app.reads.search(search, &page, at_least).await?;
    Ok(Json(Page { items: found.records.into_iter().map(Into::into).collect(), next_cursor: found.next }))
}
