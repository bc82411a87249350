//! Units in which products report usage. They are the platform's, and everybody sees them.

use axum::Json;
use axum::extract::State;
use gpuaas_commands::Answer;
use gpuaas_commands::handlers::usage_unit::{RegisterUsageUnit, RetireUsageUnit};
use gpuaas_domain::usage_unit::UsageUnit;
use gpuaas_projections::queries::Filter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::path::UsageUnitPath;
use crate::app::{App, Shared};
use crate::http::answer::{Changed, Found};
use crate::http::mutation::{NoBody, NoPath};
use crate::http::page::Page;
use crate::http::{Mutation, Problem, Read, ReadOne};
use crate::reads::Wanted;
use crate::resource::Resource;
use crate::views::usage_unit::{NewUsageUnit, UsageUnitStatus, UsageUnitView};

/// Which usage units.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UsageUnits {
    /// With exactly this name.
    #[param(max_length = 64)]
    name: Option<String>,
    /// Those that usage can be reported in, or those that it cannot any more; left out: both.
    status: Option<UsageUnitStatus>,
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// Lists the usage units.
#[utoipa::path(get, path = "/api/v1/usage-units", tag = "usage", operation_id = "list_usage_units",
    params(UsageUnits), responses((status = 200, description = "A page, by name", body = Page<UsageUnitView>)))]
pub async fn list(
    State(app): State<Shared>,
    read: Read<NoPath, UsageUnits>,
) -> Result<Json<Page<UsageUnitView>>, Problem> {
    let UsageUnits { name, status, limit, cursor } = read.query;
    let statuses = status.map(|status| status.as_str().to_owned()).into_iter().collect();
    let filter = Filter { name, statuses, ..Filter::default() };
    let (found, next_cursor) = app.reads.list::<UsageUnit>(&filter, Wanted { limit, cursor, by_name: true }).await?;
    let items = found.into_iter().map(UsageUnitView::of).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next_cursor }))
}

/// Lets a product report usage in a unit.
#[utoipa::path(post, path = "/api/v1/usage-units", tag = "usage", operation_id = "register_usage_unit",
    request_body = NewUsageUnit,
    responses((status = 201, description = "The new unit", body = UsageUnitView)))]
pub async fn register(
    State(app): State<Shared>,
    mutation: Mutation<NoPath, NewUsageUnit>,
) -> Result<Changed<UsageUnitView>, Problem> {
    let NewUsageUnit { name, product_id: product, description, dimension } = mutation.body;
    let command = RegisterUsageUnit { name, product, description, dimension };
    let answer = app.engine.execute(&mutation.context, &command).await?;
    let location = format!("/api/v1/usage-units/{}", answer.id);
    Ok(changed(&app, &answer).await?.created(mutation.context.dry_run, location))
}

/// Shows a usage unit.
#[utoipa::path(get, path = "/api/v1/usage-units/{usage_unit_id}", tag = "usage", operation_id = "get_usage_unit",
    params(UsageUnitPath), responses((status = 200, description = "The unit", body = UsageUnitView)))]
pub async fn get(State(app): State<Shared>, read: ReadOne<UsageUnitPath>) -> Result<Found<UsageUnitView>, Problem> {
    let found = read.one::<UsageUnit>(&app, read.path.usage_unit_id).await?;
    Ok(Found { version: found.version, view: UsageUnitView::of(found)? })
}

/// Takes no more usage in a unit.
#[utoipa::path(post, path = "/api/v1/usage-units/{usage_unit_id}/retire", tag = "usage",
    operation_id = "retire_usage_unit", params(UsageUnitPath),
    responses((status = 200, description = "The unit as it is now", body = UsageUnitView)))]
pub async fn retire(
    State(app): State<Shared>,
    mutation: Mutation<UsageUnitPath, NoBody>,
) -> Result<Changed<UsageUnitView>, Problem> {
    let command = RetireUsageUnit { id: mutation.path.usage_unit_id };
    changed(&app, &app.engine.execute(&mutation.context, &command).await?).await
}

async fn changed(app: &App, answer: &Answer<UsageUnit>) -> Result<Changed<UsageUnitView>, Problem> {
    let view = UsageUnitView::of(Resource::of_answer(app, answer).await?)?;
    Ok(Changed::new(app, answer, view))
}
