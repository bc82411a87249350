//! How far the image of a workload has come.

use axum::Json;
use axum::extract::State;
use gpuaas_commands::Action;

use super::super::path::AppInstancePath;
use super::workload;
use crate::app::Shared;
use crate::http::{Problem, Read};
use crate::views::workload::ImageProgress;

/// Shows how far a workload's image has come, while its node fetches it.
#[utoipa::path(get, path = "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/image-progress",
    tag = "app instances", operation_id = "get_app_instance_image_progress", params(AppInstancePath),
    responses((status = 200, description = "How far it has come", body = ImageProgress)))]
pub(in crate::routes) async fn read(
    State(app): State<Shared>,
    read: Read<AppInstancePath>,
) -> Result<Json<ImageProgress>, Problem> {
    let AppInstancePath { project_id, app_instance_id } = read.path;
    let (_, instance) = workload(&app, &read.context, Action::ReadInstances, project_id, app_instance_id).await?;
    let progress = app.gateway.image_progress(instance.requested.node, app_instance_id);
    Ok(Json(progress.map(ImageProgress::from).unwrap_or_default()))
}
