//! Apps of the catalog.

use axum::Json;
use axum::extract::State;
use gpuaas_commands::handlers::app::{CreateApp, UpdateApp};
use gpuaas_commands::{Action, Answer, Scope};
use gpuaas_domain::app::App as CatalogApp;
use gpuaas_projections::queries::Filter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::catalog;
use super::path::AppPath;
use crate::app::{App, Shared};
use crate::auth::reach;
use crate::http::answer::{Changed, Found};
use crate::http::mutation::NoPath;
use crate::http::page::Page;
use crate::http::{Mutation, Problem, Read, ReadOne};
use crate::reads::Wanted;
use crate::resource::Resource;
use crate::views::app::{AppChange, AppView, NewApp};

/// Which apps.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Apps {
    /// With a slug that begins so.
    #[param(max_length = 48)]
    slug_prefix: Option<String>,
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// Puts an app into the catalog: the platform's, or an organization's.
#[utoipa::path(post, path = "/api/v1/apps", tag = "catalog", operation_id = "create_app", request_body = NewApp,
    responses((status = 201, description = "The new app", body = AppView)))]
pub async fn create(
    State(app): State<Shared>,
    mutation: Mutation<NoPath, NewApp>,
) -> Result<Changed<AppView>, Problem> {
    let NewApp { organization_id: organization, slug, display_name, description } = mutation.body;
    let location = format!("/api/v1/apps/catalog/{slug}");
    let command = CreateApp { organization, slug, display_name, description };
    let answer = app.engine.execute(&mutation.context, &command).await?;
    Ok(changed(&app, &answer).await?.created(mutation.context.dry_run, location))
}

/// Lists the catalog: the platform's apps, and those of the caller's organizations.
#[utoipa::path(get, path = "/api/v1/apps/catalog", tag = "catalog", operation_id = "list_apps", params(Apps),
    responses((status = 200, description = "A page, by slug", body = Page<AppView>)))]
pub async fn list(State(app): State<Shared>, read: Read<NoPath, Apps>) -> Result<Json<Page<AppView>>, Problem> {
    let all = read.may(&app, Action::ReadCatalog, Scope::Platform).await;
    let organizations = if all { None } else { Some(reach::organizations(&app, read.principal).await?) };
    let Apps { slug_prefix, limit, cursor } = read.query;
    let filter = Filter { organizations, platform: true, name_prefix: slug_prefix, ..Filter::default() };
    let (found, next_cursor) = app.reads.list::<CatalogApp>(&filter, Wanted { limit, cursor, by_name: true }).await?;
    let items = found.into_iter().map(AppView::of).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next_cursor }))
}

/// Shows an app.
#[utoipa::path(get, path = "/api/v1/apps/catalog/{app_slug}", tag = "catalog", operation_id = "get_app",
    params(AppPath), responses((status = 200, description = "The app", body = AppView)))]
pub async fn get(State(app): State<Shared>, read: ReadOne<AppPath>) -> Result<Found<AppView>, Problem> {
    let id = catalog::visible(&app, &read, &read.path.app_slug).await?.id;
    let found = read.one::<CatalogApp>(&app, id).await?;
    Ok(Found { version: found.version, view: AppView::of(found)? })
}

/// Changes what is said of an app.
#[utoipa::path(patch, path = "/api/v1/apps/catalog/{app_slug}", tag = "catalog", operation_id = "update_app",
    params(AppPath), request_body = AppChange,
    responses((status = 200, description = "The app as it is now", body = AppView)))]
pub async fn update(
    State(app): State<Shared>,
    mutation: Mutation<AppPath, AppChange>,
) -> Result<Changed<AppView>, Problem> {
    let id = catalog::named(&app, &mutation.path.app_slug).await?;
    let AppChange { display_name, description } = mutation.body;
    let description = description.map(|line| (!line.is_empty()).then_some(line));
    let answer = app.engine.execute(&mutation.context, &UpdateApp { id, display_name, description }).await?;
    changed(&app, &answer).await
}

async fn changed(app: &App, answer: &Answer<CatalogApp>) -> Result<Changed<AppView>, Problem> {
    let view = AppView::of(Resource::of_answer(app, answer).await?)?;
    Ok(Changed::new(app, answer, view))
}
