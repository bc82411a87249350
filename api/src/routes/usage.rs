//! Usage: what products report, and what allocations used.

use axum::Json;
use axum::extract::State;
use gpuaas_commands::Action;
use gpuaas_commands::handlers::usage::RecordUsage;
use gpuaas_domain::id::{ProjectId, TypedId as _, UsageUnitId};
use gpuaas_domain::usage::Usage;
use gpuaas_domain::usage_event::UsageEvent;
use gpuaas_projections::queries::Filter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::path::InOrganization;
use super::scope;
use crate::app::Shared;
use crate::http::answer::Changed;
use crate::http::mutation::NoPath;
use crate::http::page::Page;
use crate::http::{Mutation, Problem, Read};
use crate::reads::Wanted;
use crate::resource::Resource;
use crate::views::period::read_moment;
use crate::views::usage::{AllocationUsageView, NewUsageEvent, UsageEventView};
use crate::views::vocabulary;

/// Which reported usage.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UsageEvents {
    /// Of this project.
    #[param(value_type = Option<vocabulary::ProjectId>)]
    project_id: Option<ProjectId>,
    /// In this unit.
    #[param(value_type = Option<vocabulary::UsageUnitId>)]
    usage_unit_id: Option<UsageUnitId>,
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// Which usage of allocations.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AllocationUsages {
    /// Of this project.
    #[param(value_type = Option<vocabulary::ProjectId>)]
    project_id: Option<ProjectId>,
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// Records what a product reports. The same report under the same key counts once.
#[utoipa::path(post, path = "/api/v1/usage-events", tag = "usage", operation_id = "record_usage_event",
    request_body = NewUsageEvent,
    responses((status = 201, description = "The usage as it was recorded", body = UsageEventView)))]
pub async fn record(
    State(app): State<Shared>,
    mutation: Mutation<NoPath, NewUsageEvent>,
) -> Result<Changed<UsageEventView>, Problem> {
    let body = mutation.body;
    let command = RecordUsage {
        bill_from: read_moment("bill_from", &body.bill_from)?,
        bill_to: read_moment("bill_to", &body.bill_to)?,
        usage_event_id: body.usage_event_id,
        usage_source: body.usage_source,
        usage_unit: body.usage_unit,
        product_id: body.product_id,
        organization: body.organization_id,
        project: body.project_id,
        resource_type: body.resource_type,
        resource_id: body.resource_id,
        quantity: body.quantity,
        idempotency_key: body.idempotency_key,
        request_id: body.request_id,
        metadata: body.metadata,
    };
    let answer = app.engine.execute(&mutation.context, &command).await?;
    let view = UsageEventView::of(Resource::of_answer(&app, &answer).await?)?;
    Ok(Changed::new(&app, &answer, view).added(mutation.context.dry_run))
}

/// Lists what products reported of an organization.
#[utoipa::path(get, path = "/api/v1/orgs/{org_id}/usage-events", tag = "usage", operation_id = "list_usage_events",
    params(InOrganization, UsageEvents),
    responses((status = 200, description = "A page, by age", body = Page<UsageEventView>)))]
pub async fn list(
    State(app): State<Shared>,
    read: Read<InOrganization, UsageEvents>,
) -> Result<Json<Page<UsageEventView>>, Problem> {
    let organization = read.path.org_id;
    read.allow(&app, Action::ReadBilling, scope::organization(&app, organization).await?).await?;
    let UsageEvents { project_id: project, usage_unit_id, limit, cursor } = read.query;
    let parent = usage_unit_id.map(UsageUnitId::uuid);
    let filter = Filter { organization: Some(organization), project, parent, ..Filter::default() };
    let (found, next_cursor) = app.reads.list::<UsageEvent>(&filter, Wanted { limit, cursor, by_name: false }).await?;
    let items = found.into_iter().map(UsageEventView::of).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next_cursor }))
}

/// Lists what the allocations of an organization used, as far as it is metered.
#[utoipa::path(get, path = "/api/v1/orgs/{org_id}/usage", tag = "usage", operation_id = "list_allocation_usage",
    params(InOrganization, AllocationUsages),
    responses((status = 200, description = "A page, by age", body = Page<AllocationUsageView>)))]
pub async fn list_allocations(
    State(app): State<Shared>,
    read: Read<InOrganization, AllocationUsages>,
) -> Result<Json<Page<AllocationUsageView>>, Problem> {
    let organization = read.path.org_id;
    read.allow(&app, Action::ReadBilling, scope::organization(&app, organization).await?).await?;
    let AllocationUsages { project_id: project, limit, cursor } = read.query;
    let filter = Filter { organization: Some(organization), project, ..Filter::default() };
    let (found, next_cursor) = app.reads.list::<Usage>(&filter, Wanted { limit, cursor, by_name: false }).await?;
    let items = found.into_iter().map(AllocationUsageView::of).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next_cursor }))
}
