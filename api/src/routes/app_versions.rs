//! Versions of apps.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use gpuaas_commands::Answer;
use gpuaas_commands::handlers::app_version::{CreateAppVersion, PublishAppVersion, RetireAppVersion};
use gpuaas_domain::Code;
use gpuaas_domain::app_version::AppVersion;
use gpuaas_domain::bounded::Text;
use gpuaas_domain::id::TypedId as _;
use gpuaas_log::hash::Hash;
use gpuaas_projections::queries::Filter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::catalog;
use super::path::{AppPath, AppVersionPath};
use crate::app::{App, Shared};
use crate::http::answer::{Changed, Found};
use crate::http::mutation::NoBody;
use crate::http::page::Page;
use crate::http::{Mutation, Problem, Read, ReadOne};
use crate::reads::Wanted;
use crate::resource::Resource;
use crate::views::app_version::{AppVersionStatus, AppVersionView, AppVersionWithManifest, NewAppVersion};

/// Which versions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AppVersions {
    /// With exactly this name.
    #[param(max_length = 64)]
    version: Option<String>,
    /// How they are; left out: any.
    status: Option<AppVersionStatus>,
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// Lists the versions of an app, without their manifests. Drafts are seen by whoever may write them.
#[utoipa::path(get, path = "/api/v1/apps/catalog/{app_slug}/versions", tag = "catalog",
    operation_id = "list_app_versions", params(AppPath, AppVersions),
    responses((status = 200, description = "A page, by age", body = Page<AppVersionView>)))]
pub async fn list(
    State(app): State<Shared>,
    read: Read<AppPath, AppVersions>,
) -> Result<Json<Page<AppVersionView>>, Problem> {
    let of = catalog::visible(&app, &read, &read.path.app_slug).await?;
    let sees_drafts = catalog::sees_drafts(&app, &read, &of).await;
    let AppVersions { version, status, limit, cursor } = read.query;
    let wanted = |listed: &AppVersionStatus| {
        status.is_none_or(|status| status == *listed) && (sees_drafts || *listed != AppVersionStatus::Draft)
    };
    let statuses: BTreeSet<String> =
        AppVersionStatus::ALL.iter().filter(|listed| wanted(listed)).map(|listed| listed.as_str().to_owned()).collect();
    if statuses.is_empty() {
        return Ok(Json(Page { items: Vec::new(), next_cursor: None }));
    }
    let filter = Filter { parent: Some(of.id.uuid()), name: version, statuses, ..Filter::default() };
    let (found, next_cursor) = app.reads.list::<AppVersion>(&filter, Wanted { limit, cursor, by_name: false }).await?;
    let items = found.into_iter().map(AppVersionView::of).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next_cursor }))
}

/// Creates a version of an app, as a draft.
#[utoipa::path(post, path = "/api/v1/apps/catalog/{app_slug}/versions", tag = "catalog",
    operation_id = "create_app_version", params(AppPath), request_body = NewAppVersion,
    responses((status = 201, description = "The new version", body = AppVersionView)))]
pub async fn create(
    State(app): State<Shared>,
    mutation: Mutation<AppPath, NewAppVersion>,
) -> Result<Changed<AppVersionView>, Problem> {
    let slug = &mutation.path.app_slug;
    let of = catalog::named(&app, slug).await?;
    let NewAppVersion { version, manifest } = mutation.body;
    let version = Text::new(version).map_err(|error| Problem::at(Code::InvalidField, "version", error.to_string()))?;
    let answer = app.engine.execute(&mutation.context, &CreateAppVersion { app: of, version, manifest }).await?;
    let location = format!("/api/v1/apps/catalog/{slug}/versions/{}", answer.id);
    Ok(changed(&app, &answer).await?.created(mutation.context.dry_run, location))
}

/// Shows a version of an app with its manifest.
#[utoipa::path(get, path = "/api/v1/apps/catalog/{app_slug}/versions/{app_version_id}", tag = "catalog",
    operation_id = "get_app_version", params(AppVersionPath),
    responses((status = 200, description = "The version", body = AppVersionWithManifest)))]
pub async fn get(
    State(app): State<Shared>,
    read: ReadOne<AppVersionPath>,
) -> Result<Found<AppVersionWithManifest>, Problem> {
    let of = catalog::visible(&app, &read, &read.path.app_slug).await?;
    let found = catalog::version(&app, &read, &of, read.path.app_version_id).await?;
    let digest = found.state.details().ok_or_else(Resource::<AppVersion>::missing)?.manifest;
    let blob = app.engine.log().blob(Hash(digest.0)).await.map_err(Problem::unavailable)?;
    let blob = blob.ok_or_else(|| Problem::internal(format_args!("the manifest {digest} is not there")))?;
    let manifest = serde_json::from_slice(&blob).map_err(Problem::internal)?;
    let view = AppVersionWithManifest { manifest, version: AppVersionView::of(found.clone())? };
    Ok(Found { version: found.version, view })
}

/// Lets a version be launched.
#[utoipa::path(post, path = "/api/v1/apps/catalog/{app_slug}/versions/{app_version_id}/publish", tag = "catalog",
    operation_id = "publish_app_version", params(AppVersionPath),
    responses((status = 200, description = "The version as it is now", body = AppVersionView)))]
pub async fn publish(
    State(app): State<Shared>,
    mutation: Mutation<AppVersionPath, NoBody>,
) -> Result<Changed<AppVersionView>, Problem> {
    let of = catalog::named(&app, &mutation.path.app_slug).await?;
    let command = PublishAppVersion { app: of, id: mutation.path.app_version_id };
    changed(&app, &app.engine.execute(&mutation.context, &command).await?).await
}

/// Lets a version be launched no more; what runs stays.
#[utoipa::path(post, path = "/api/v1/apps/catalog/{app_slug}/versions/{app_version_id}/retire", tag = "catalog",
    operation_id = "retire_app_version", params(AppVersionPath),
    responses((status = 200, description = "The version as it is now", body = AppVersionView)))]
pub async fn retire(
    State(app): State<Shared>,
    mutation: Mutation<AppVersionPath, NoBody>,
) -> Result<Changed<AppVersionView>, Problem> {
    let of = catalog::named(&app, &mutation.path.app_slug).await?;
    let command = RetireAppVersion { app: of, id: mutation.path.app_version_id };
    changed(&app, &app.engine.execute(&mutation.context, &command).await?).await
}

async fn changed(app: &App, answer: &Answer<AppVersion>) -> Result<Changed<AppVersionView>, Problem> {
    let view = AppVersionView::of(Resource::of_answer(app, answer).await?)?;
    Ok(Changed::new(app, answer, view))
}
