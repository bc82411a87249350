//! Artifacts: the images that apps run.

use axum::Json;
use axum::extract::State;
use gpuaas_commands::Answer;
use gpuaas_commands::handlers::artifact::{
    PromoteArtifact, PublishArtifact, RequestArtifactVerification, RetireArtifact, UploadArtifact,
};
use gpuaas_domain::Code;
use gpuaas_domain::artifact::Artifact;
use gpuaas_domain::bounded::Text;
use gpuaas_domain::id::TypedId as _;
use gpuaas_projections::queries::Filter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::catalog;
use super::path::{AppPath, ArtifactPath};
use crate::app::{App, Shared};
use crate::http::answer::{Changed, Found};
use crate::http::mutation::NoBody;
use crate::http::page::Page;
use crate::http::{Mutation, Problem, Read, ReadOne};
use crate::reads::Wanted;
use crate::resource::Resource;
use crate::views::artifact::{ArtifactStatus, ArtifactView, NewArtifact};

/// Which artifacts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Artifacts {
    /// That profiles call so.
    #[param(max_length = 48)]
    name: Option<String>,
    /// How far they are; left out: anywhere.
    status: Option<ArtifactStatus>,
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// Lists the artifacts of an app.
#[utoipa::path(get, path = "/api/v1/apps/catalog/{app_slug}/artifacts", tag = "catalog",
    operation_id = "list_artifacts", params(AppPath, Artifacts),
    responses((status = 200, description = "A page, by age", body = Page<ArtifactView>)))]
pub async fn list(
    State(app): State<Shared>,
    read: Read<AppPath, Artifacts>,
) -> Result<Json<Page<ArtifactView>>, Problem> {
    let id = catalog::visible(&app, &read, &read.path.app_slug).await?.id;
    let Artifacts { name, status, limit, cursor } = read.query;
    let statuses = status.map(|status| status.as_str().to_owned()).into_iter().collect();
    let filter = Filter { parent: Some(id.uuid()), name, statuses, ..Filter::default() };
    let (found, next_cursor) = app.reads.list::<Artifact>(&filter, Wanted { limit, cursor, by_name: false }).await?;
    let items = found.into_iter().map(ArtifactView::of).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next_cursor }))
}

/// Lets the platform know of an image by its digest. The registry is asked about it.
#[utoipa::path(post, path = "/api/v1/apps/catalog/{app_slug}/artifacts", tag = "catalog",
    operation_id = "upload_artifact", params(AppPath), request_body = NewArtifact,
    responses((status = 201, description = "The new artifact", body = ArtifactView)))]
pub async fn upload(
    State(app): State<Shared>,
    mutation: Mutation<AppPath, NewArtifact>,
) -> Result<Changed<ArtifactView>, Problem> {
    let slug = &mutation.path.app_slug;
    let of = catalog::named(&app, slug).await?;
    let NewArtifact { name, image, media_type, architecture, accelerator } = mutation.body;
    let name = Text::new(name).map_err(|error| Problem::at(Code::InvalidField, "name", error.to_string()))?;
    let image = image.try_into()?;
    let command = UploadArtifact { app: of, name, image, media_type, architecture, accelerator };
    let answer = app.engine.execute(&mutation.context, &command).await?;
    let location = format!("/api/v1/apps/catalog/{slug}/artifacts/{}", answer.id);
    Ok(changed(&app, &answer).await?.created(mutation.context.dry_run, location))
}

/// Shows an artifact, and what the registry says of it.
#[utoipa::path(get, path = "/api/v1/apps/catalog/{app_slug}/artifacts/{artifact_id}", tag = "catalog",
    operation_id = "get_artifact", params(ArtifactPath),
    responses((status = 200, description = "The artifact", body = ArtifactView)))]
pub async fn get(State(app): State<Shared>, read: ReadOne<ArtifactPath>) -> Result<Found<ArtifactView>, Problem> {
    let of = catalog::visible(&app, &read, &read.path.app_slug).await?.id;
    let found = catalog::artifact(&app, &read, of, read.path.artifact_id).await?;
    Ok(Found { version: found.version, view: ArtifactView::of(found)? })
}

/// Lets the registry be asked again.
#[utoipa::path(post, path = "/api/v1/apps/catalog/{app_slug}/artifacts/{artifact_id}/verify", tag = "catalog",
    operation_id = "verify_artifact", params(ArtifactPath),
    responses((status = 200, description = "The artifact as it is now", body = ArtifactView)))]
pub async fn verify(
    State(app): State<Shared>,
    mutation: Mutation<ArtifactPath, NoBody>,
) -> Result<Changed<ArtifactView>, Problem> {
    let of = catalog::named(&app, &mutation.path.app_slug).await?;
    let command = RequestArtifactVerification { app: of, id: mutation.path.artifact_id };
    changed(&app, &app.engine.execute(&mutation.context, &command).await?).await
}

/// Offers a verified artifact.
#[utoipa::path(post, path = "/api/v1/apps/catalog/{app_slug}/artifacts/{artifact_id}/publish", tag = "catalog",
    operation_id = "publish_artifact", params(ArtifactPath),
    responses((status = 200, description = "The artifact as it is now", body = ArtifactView)))]
pub async fn publish(
    State(app): State<Shared>,
    mutation: Mutation<ArtifactPath, NoBody>,
) -> Result<Changed<ArtifactView>, Problem> {
    let of = catalog::named(&app, &mutation.path.app_slug).await?;
    let command = PublishArtifact { app: of, id: mutation.path.artifact_id };
    changed(&app, &app.engine.execute(&mutation.context, &command).await?).await
}

/// Lets a published artifact be launched.
#[utoipa::path(post, path = "/api/v1/apps/catalog/{app_slug}/artifacts/{artifact_id}/promote", tag = "catalog",
    operation_id = "promote_artifact", params(ArtifactPath),
    responses((status = 200, description = "The artifact as it is now", body = ArtifactView)))]
pub async fn promote(
    State(app): State<Shared>,
    mutation: Mutation<ArtifactPath, NoBody>,
) -> Result<Changed<ArtifactView>, Problem> {
    let of = catalog::named(&app, &mutation.path.app_slug).await?;
    let command = PromoteArtifact { app: of, id: mutation.path.artifact_id };
    changed(&app, &app.engine.execute(&mutation.context, &command).await?).await
}

/// Lets an artifact be launched no more; what runs stays.
#[utoipa::path(post, path = "/api/v1/apps/catalog/{app_slug}/artifacts/{artifact_id}/retire", tag = "catalog",
    operation_id = "retire_artifact", params(ArtifactPath),
    responses((status = 200, description = "The artifact as it is now", body = ArtifactView)))]
pub async fn retire(
    State(app): State<Shared>,
    mutation: Mutation<ArtifactPath, NoBody>,
) -> Result<Changed<ArtifactView>, Problem> {
    let of = catalog::named(&app, &mutation.path.app_slug).await?;
    let command = RetireArtifact { app: of, id: mutation.path.artifact_id };
    changed(&app, &app.engine.execute(&mutation.context, &command).await?).await
}

async fn changed(app: &App, answer: &Answer<Artifact>) -> Result<Changed<ArtifactView>, Problem> {
    let view = ArtifactView::of(Resource::of_answer(app, answer).await?)?;
    Ok(Changed::new(app, answer, view))
}
