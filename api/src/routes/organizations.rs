//! Organizations.

use axum::extract::State;
use gpuaas_commands::handlers::organization::{CreateOrganization, UpdateOrganization};
use gpuaas_commands::{Action, Scope};
use gpuaas_domain::organization::Organization;
use gpuaas_projections::queries::Filter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::path::InOrganization;
use crate::app::Shared;
use crate::auth::reach;
use crate::http::answer::{Changed, Found};
use crate::http::mutation::NoPath;
use crate::http::page::Page;
use crate::http::{Mutation, Problem, Read, ReadOne};
use crate::reads::Wanted;
use crate::resource::Resource;
use crate::views::organization::{NewOrganization, OrganizationChange, OrganizationView};

/// Which organizations.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Organizations {
    /// With exactly this slug.
    #[param(max_length = 48)]
    slug: Option<String>,
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// Lists the organizations that the caller belongs to; for platform roles, all.
#[utoipa::path(get, path = "/api/v1/orgs", tag = "organizations", operation_id = "list_organizations",
    params(Organizations), responses((status = 200, description = "A page, by slug", body = Page<OrganizationView>)))]
pub async fn list(
    State(app): State<Shared>,
    read: Read<NoPath, Organizations>,
) -> Result<axum::Json<Page<OrganizationView>>, Problem> {
    let all = read.may(&app, Action::ReadOrganization, Scope::Platform).await;
    let organizations = if all { None } else { Some(reach::organizations(&app, read.principal).await?) };
    let Organizations { slug, limit, cursor } = read.query;
    let filter = Filter { organizations, name: slug, ..Filter::default() };
    let (found, next_cursor) = app.reads.list::<Organization>(&filter, Wanted { limit, cursor, by_name: true }).await?;
    let items = found.into_iter().map(OrganizationView::of).collect::<Result<_, _>>()?;
    Ok(axum::Json(Page { items, next_cursor }))
}

/// Creates an organization; a person who does becomes its first admin.
#[utoipa::path(post, path = "/api/v1/orgs", tag = "organizations", operation_id = "create_organization",
    request_body = NewOrganization,
    responses((status = 201, description = "The new organization", body = OrganizationView)))]
pub async fn create(
    State(app): State<Shared>,
    mutation: Mutation<NoPath, NewOrganization>,
) -> Result<Changed<OrganizationView>, Problem> {
    let NewOrganization { slug, display_name } = mutation.body;
    let answer = app.engine.execute(&mutation.context, &CreateOrganization { slug, display_name }).await?;
    let view = OrganizationView::of(Resource::of_answer(&app, &answer).await?)?;
    let location = format!("/api/v1/orgs/{}", view.id);
    Ok(Changed::new(&app, &answer, view).created(mutation.context.dry_run, location))
}

/// Shows an organization.
#[utoipa::path(get, path = "/api/v1/orgs/{org_id}", tag = "organizations", operation_id = "get_organization",
    params(InOrganization), responses((status = 200, description = "The organization", body = OrganizationView)))]
pub async fn get(State(app): State<Shared>, read: ReadOne<InOrganization>) -> Result<Found<OrganizationView>, Problem> {
    let id = read.path.org_id;
    read.allow(&app, Action::ReadOrganization, Scope::Organization(id)).await?;
    let found = read.one::<Organization>(&app, id).await?;
    Ok(Found { version: found.version, view: OrganizationView::of(found)? })
}

/// Changes an organization's names.
#[utoipa::path(patch, path = "/api/v1/orgs/{org_id}", tag = "organizations", operation_id = "update_organization",
    params(InOrganization), request_body = OrganizationChange,
    responses((status = 200, description = "The organization as it is now", body = OrganizationView)))]
pub async fn update(
    State(app): State<Shared>,
    mutation: Mutation<InOrganization, OrganizationChange>,
) -> Result<Changed<OrganizationView>, Problem> {
    let OrganizationChange { slug, display_name } = mutation.body;
    let command = UpdateOrganization { id: mutation.path.org_id, slug, display_name };
    let answer = app.engine.execute(&mutation.context, &command).await?;
    let view = OrganizationView::of(Resource::of_answer(&app, &answer).await?)?;
    Ok(Changed::new(&app, &answer, view))
}
