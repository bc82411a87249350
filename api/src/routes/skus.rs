//! SKUs: what can be allocated. They are the platform's, and everybody sees them.

use axum::Json;
use axum::extract::State;
use gpuaas_commands::handlers::sku::{CreateSku, RetireSku};
use gpuaas_commands::{Action, Answer};
use gpuaas_domain::id::OrganizationId;
use gpuaas_domain::sku::Sku;
use gpuaas_projections::queries::Filter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::path::SkuPath;
use super::prices::Prices;
use super::scope;
use crate::app::{App, Shared};
use crate::http::answer::{Changed, Found};
use crate::http::mutation::{NoBody, NoPath};
use crate::http::page::Page;
use crate::http::{Mutation, Problem, Read, ReadOne};
use crate::reads::Wanted;
use crate::resource::Resource;
use crate::views::sku::{NewSku, SkuStatus, SkuView};
use crate::views::vocabulary;

/// Which SKUs.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Skus {
    /// With exactly this name.
    #[param(max_length = 48)]
    name: Option<String>,
    /// Those that can be allocated, or those that cannot any more; left out: both.
    status: Option<SkuStatus>,
    /// At the prices of this organization; left out: at the standard ones.
    #[param(value_type = Option<vocabulary::OrganizationId>)]
    org_id: Option<OrganizationId>,
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// At whose prices.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AtPrices {
    /// At the prices of this organization; left out: at the standard ones.
    #[param(value_type = Option<vocabulary::OrganizationId>)]
    org_id: Option<OrganizationId>,
}

/// Lists what can be allocated, with what an hour costs.
#[utoipa::path(get, path = "/api/v1/skus", tag = "skus", operation_id = "list_skus", params(Skus),
    responses((status = 200, description = "A page, by name", body = Page<SkuView>)))]
pub async fn list(State(app): State<Shared>, read: Read<NoPath, Skus>) -> Result<Json<Page<SkuView>>, Problem> {
    let prices = prices(&app, &read, read.query.org_id).await?;
    let Skus { name, status, limit, cursor, .. } = read.query;
    let statuses = status.map(|status| status.as_str().to_owned()).into_iter().collect();
    let filter = Filter { name, statuses, ..Filter::default() };
    let (found, next_cursor) = app.reads.list::<Sku>(&filter, Wanted { limit, cursor, by_name: true }).await?;
    let views = found.into_iter().map(|resource| view(&app, resource, prices.as_ref()));
    let items = views.collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next_cursor }))
}

/// Lets something be allocated.
#[utoipa::path(post, path = "/api/v1/skus", tag = "skus", operation_id = "create_sku", request_body = NewSku,
    responses((status = 201, description = "The new SKU", body = SkuView)))]
pub async fn create(
    State(app): State<Shared>,
    mutation: Mutation<NoPath, NewSku>,
) -> Result<Changed<SkuView>, Problem> {
    let NewSku { name, display_name, shape } = mutation.body;
    let command = CreateSku { name, display_name, shape: shape.try_into()? };
    let answer = app.engine.execute(&mutation.context, &command).await?;
    let location = format!("/api/v1/skus/{}", answer.id);
    Ok(changed(&app, &answer).await?.created(mutation.context.dry_run, location))
}

/// Shows a SKU with what an hour of it costs.
#[utoipa::path(get, path = "/api/v1/skus/{sku_id}", tag = "skus", operation_id = "get_sku",
    params(SkuPath, AtPrices), responses((status = 200, description = "The SKU", body = SkuView)))]
pub async fn get(State(app): State<Shared>, read: ReadOne<SkuPath, AtPrices>) -> Result<Found<SkuView>, Problem> {
    let prices = prices(&app, &read, read.query.org_id).await?.filter(|_| !read.is_past());
    let found = read.one::<Sku>(&app, read.path.sku_id).await?;
    Ok(Found { version: found.version, view: view(&app, found, prices.as_ref())? })
}

/// Lets a SKU be allocated no more; what is allocated stays.
#[utoipa::path(post, path = "/api/v1/skus/{sku_id}/retire", tag = "skus", operation_id = "retire_sku",
    params(SkuPath), responses((status = 200, description = "The SKU as it is now", body = SkuView)))]
pub async fn retire(
    State(app): State<Shared>,
    mutation: Mutation<SkuPath, NoBody>,
) -> Result<Changed<SkuView>, Problem> {
    let answer = app.engine.execute(&mutation.context, &RetireSku { id: mutation.path.sku_id }).await?;
    changed(&app, &answer).await
}

/// The prices at which SKUs are shown, if whoever reads may know them.
async fn prices<P, Q>(
    app: &Shared,
    read: &Read<P, Q>,
    organization: Option<OrganizationId>,
) -> Result<Option<Prices>, Problem> {
    if let Some(organization) = organization {
        read.allow(app, Action::ReadPrices, scope::organization(app, organization).await?).await?;
    }
    Prices::of(app, organization).await
}

fn view(app: &App, resource: Resource<Sku>, prices: Option<&Prices>) -> Result<SkuView, Problem> {
    let price = prices.and_then(|prices| prices.per_hour(app, resource.id));
    SkuView::of(resource, price)
}

async fn changed(app: &App, answer: &Answer<Sku>) -> Result<Changed<SkuView>, Problem> {
    let prices = Prices::of(app, None).await?;
    let view = view(app, Resource::of_answer(app, answer).await?, prices.as_ref())?;
    Ok(Changed::new(app, answer, view))
}
