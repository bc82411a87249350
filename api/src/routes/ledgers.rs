//! The account of an organization: what it owes, and the postings that say why.

use axum::Json;
use axum::extract::State;
use gpuaas_commands::Action;
use gpuaas_commands::handlers::ledger::OpenAccount;
use gpuaas_domain::id::{OrganizationId, TypedId as _};
use gpuaas_domain::ledger::Ledger;
use gpuaas_domain::{Aggregate as _, AnyEvent, Code, Kind, Timestamp};
use gpuaas_log::append::StreamId;
use gpuaas_log::entry::StoredEntry;
use gpuaas_log::payload;
use serde::Deserialize;
use utoipa::IntoParams;

use super::path::InOrganization;
use super::scope;
use crate::app::{App, Shared};
use crate::http::answer::{Changed, Found};
use crate::http::page::{DEFAULT_LIMIT, MAX_LIMIT, Page};
use crate::http::{Mutation, Problem, Read, ReadOne};
use crate::resource::Resource;
use crate::views::ledger::{LedgerEntryView, LedgerView, NewLedger};

/// Which entries of the ledger.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Entries {
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// Opens the account of an organization, with a price book and a currency that it keeps.
/// Where nobody does, it is opened with the standard price book when its first usage is rated.
#[utoipa::path(post, path = "/api/v1/orgs/{org_id}/ledger", tag = "billing", operation_id = "open_ledger",
    params(InOrganization), request_body = NewLedger,
    responses((status = 201, description = "The account", body = LedgerView)))]
pub async fn open(
    State(app): State<Shared>,
    mutation: Mutation<InOrganization, NewLedger>,
) -> Result<Changed<LedgerView>, Problem> {
    let organization = mutation.path.org_id;
    let NewLedger { price_book_id: price_book, currency } = mutation.body;
    let command = OpenAccount { organization, price_book, currency };
    let answer = app.engine.execute(&mutation.context, &command).await?;
    let view = LedgerView::of(Resource::of_answer(&app, &answer).await?)?;
    let location = format!("/api/v1/orgs/{organization}/ledger");
    Ok(Changed::new(&app, &answer, view).created(mutation.context.dry_run, location))
}

/// Shows what an organization owes.
#[utoipa::path(get, path = "/api/v1/orgs/{org_id}/ledger", tag = "billing", operation_id = "get_ledger",
    params(InOrganization), responses((status = 200, description = "The account", body = LedgerView)))]
pub async fn get(State(app): State<Shared>, read: ReadOne<InOrganization>) -> Result<Found<LedgerView>, Problem> {
    let organization = read.path.org_id;
    read.allow(&app, Action::ReadBilling, scope::organization(&app, organization).await?).await?;
    let found = read.find::<Ledger>(&app, organization).await?;
    let found = found.ok_or_else(|| Problem::of(Code::AccountNotOpen))?;
    Ok(Found { version: found.version, view: LedgerView::of(found)? })
}

/// Lists the entries of an organization's ledger, oldest first.
#[utoipa::path(get, path = "/api/v1/orgs/{org_id}/ledger/postings", tag = "billing",
    operation_id = "list_ledger_postings", params(InOrganization, Entries),
    responses((status = 200, description = "A page, by age", body = Page<LedgerEntryView>)))]
pub async fn postings(
    State(app): State<Shared>,
    read: Read<InOrganization, Entries>,
) -> Result<Json<Page<LedgerEntryView>>, Problem> {
    let organization = read.path.org_id;
    read.allow(&app, Action::ReadBilling, scope::organization(&app, organization).await?).await?;
    let limit = read.query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(Problem::at(Code::InvalidParameter, "limit", format!("expected 1 to {MAX_LIMIT}")));
    }
    let after = read.query.cursor.as_deref().map_or(Ok(0), after)?;
    page(&app, organization, after, limit).await.map(Json)
}

/// The entries after a version of the ledger's stream. They are the log's own, in order, so
/// that the version is all that a cursor has to say.
async fn page(
    app: &App,
    organization: OrganizationId,
    after: u64,
    limit: u16,
) -> Result<Page<LedgerEntryView>, Problem> {
    let stream = StreamId::new(Ledger::KIND, organization.uuid());
    let read = app.engine.log().read_stream(&stream, after, limit.into()).await.map_err(Problem::unavailable)?;
    let mut items = Vec::with_capacity(read.len());
    for stored in &read {
        items.extend(view(stored)?);
    }
    let full = read.len() == usize::from(limit);
    let next_cursor = full.then(|| (after + u64::from(limit)).to_string());
    Ok(Page { items, next_cursor })
}

fn view(stored: &StoredEntry) -> Result<Option<LedgerEntryView>, Problem> {
    let entry = stored.entry().map_err(Problem::internal)?;
    let Some(payload) = stored.payload().map_err(Problem::internal)? else { return Ok(None) };
    let mut payload = payload::deserializer(payload);
    let event = AnyEvent::deserialize(Kind::Ledger, entry.event, entry.schema, &mut payload);
    let AnyEvent::Ledger(event) = event.map_err(Problem::internal)? else { return Ok(None) };
    Ok(LedgerEntryView::of(stored.position, Timestamp(entry.recorded_at), &event))
}

fn after(cursor: &str) -> Result<u64, Problem> {
    cursor.parse().map_err(|_| Problem::of(Code::InvalidCursor))
}
