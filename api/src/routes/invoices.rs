//! Invoices, and the bytes that they are.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use gpuaas_commands::Action;
use gpuaas_commands::handlers::invoice::{self, IssueInvoice};
use gpuaas_domain::interval::Interval;
use gpuaas_domain::invoice::Invoice;
use gpuaas_projections::queries::Filter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::path::{InOrganization, InvoicePath};
use super::scope;
use crate::app::Shared;
use crate::http::answer::{Changed, Found};
use crate::http::page::Page;
use crate::http::{Mutation, Problem, Read, ReadOne};
use crate::reads::Wanted;
use crate::resource::Resource;
use crate::views::invoice::{InvoiceView, NewInvoice};
use crate::views::period::read_moment;

/// Which invoices.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Invoices {
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// Of which interval.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Of {
    /// Where it begins.
    #[param(format = DateTime)]
    from: String,
    /// Where it ends.
    #[param(format = DateTime)]
    to: String,
}

/// Lists the invoices of an organization.
#[utoipa::path(get, path = "/api/v1/orgs/{org_id}/invoices", tag = "billing", operation_id = "list_invoices",
    params(InOrganization, Invoices),
    responses((status = 200, description = "A page, by age", body = Page<InvoiceView>)))]
pub async fn list(
    State(app): State<Shared>,
    read: Read<InOrganization, Invoices>,
) -> Result<Json<Page<InvoiceView>>, Problem> {
    let organization = read.path.org_id;
    read.allow(&app, Action::ReadBilling, scope::organization(&app, organization).await?).await?;
    let Invoices { limit, cursor } = read.query;
    let filter = Filter { organization: Some(organization), ..Filter::default() };
    let (found, next_cursor) = app.reads.list::<Invoice>(&filter, Wanted { limit, cursor, by_name: false }).await?;
    let items = found.into_iter().map(InvoiceView::of).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next_cursor }))
}

/// Bills the next interval of an organization: it begins where the last invoice's ended.
#[utoipa::path(post, path = "/api/v1/orgs/{org_id}/invoices", tag = "billing", operation_id = "issue_invoice",
    params(InOrganization), request_body = NewInvoice,
    responses((status = 201, description = "The new invoice", body = InvoiceView)))]
pub async fn issue(
    State(app): State<Shared>,
    mutation: Mutation<InOrganization, NewInvoice>,
) -> Result<Changed<InvoiceView>, Problem> {
    let organization = mutation.path.org_id;
    let period = period(&mutation.body.from, &mutation.body.to)?;
    let answer = app.engine.execute(&mutation.context, &IssueInvoice { organization, period }).await?;
    let view = InvoiceView::of(Resource::of_answer(&app, &answer).await?)?;
    let location = format!("/api/v1/orgs/{organization}/invoices/{}", view.id);
    Ok(Changed::new(&app, &answer, view).created(mutation.context.dry_run, location))
}

/// Shows an invoice.
#[utoipa::path(get, path = "/api/v1/orgs/{org_id}/invoices/{invoice_id}", tag = "billing",
    operation_id = "get_invoice", params(InvoicePath),
    responses((status = 200, description = "The invoice", body = InvoiceView)))]
pub async fn get(State(app): State<Shared>, read: ReadOne<InvoicePath>) -> Result<Found<InvoiceView>, Problem> {
    let found = existing(&app, &read).await?;
    Ok(Found { version: found.version, view: InvoiceView::of(found)? })
}

/// The document of an invoice: RFC 8785 JSON, byte for byte as it was issued.
#[utoipa::path(get, path = "/api/v1/orgs/{org_id}/invoices/{invoice_id}/document", tag = "billing",
    operation_id = "get_invoice_document", params(InvoicePath),
    responses((status = 200, description = "The document; docs/money.md says what it says", body = Object)))]
pub async fn document(State(app): State<Shared>, read: ReadOne<InvoicePath>) -> Result<Response, Problem> {
    let found = existing(&app, &read).await?;
    let bytes = invoice::issued(&app.engine, found.id).await?;
    Ok(json(bytes.to_vec()))
}

/// The document of any interval, as it would be by itself now. Nothing is issued.
#[utoipa::path(get, path = "/api/v1/orgs/{org_id}/invoice-preview", tag = "billing",
    operation_id = "preview_invoice", params(InOrganization, Of),
    responses((status = 200, description = "The document; docs/money.md says what it says", body = Object)))]
pub async fn preview(State(app): State<Shared>, read: Read<InOrganization, Of>) -> Result<Response, Problem> {
    let organization = read.path.org_id;
    read.allow(&app, Action::ReadBilling, scope::organization(&app, organization).await?).await?;
    let period = period(&read.query.from, &read.query.to)?;
    let document = invoice::preview(&app.engine, organization, period).await?;
    Ok(json(document.canonical()))
}

/// An invoice of the organization in the path, if whoever reads may see it.
async fn existing(app: &Shared, read: &ReadOne<InvoicePath>) -> Result<Resource<Invoice>, Problem> {
    let InvoicePath { org_id, invoice_id } = read.path;
    read.allow(app, Action::ReadBilling, scope::organization(app, org_id).await?).await?;
    let is_here = |state: &Invoice| match state {
        Invoice::Issued(issued) => issued.terms.organization == org_id,
        Invoice::Absent => false,
    };
    read.one_of(app, invoice_id, is_here).await
}

fn period(from: &str, to: &str) -> Result<Interval, Problem> {
    Ok(Interval::new(read_moment("from", from)?, read_moment("to", to)?))
}

fn json(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], bytes).into_response()
}
