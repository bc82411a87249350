//! The token by which a workload knows its users.

use axum::extract::State;
use gpuaas_commands::handlers::app_instance::DeliverAppToken;

use super::super::path::AppInstancePath;
use crate::app::Shared;
use crate::http::answer::Changed;
use crate::http::mutation::NoBody;
use crate::http::{Mutation, Problem};
use crate::views::workload::AppToken;

/// Tells the token that the platform made for a workload, if its app asks for one. That it
/// was told is recorded.
#[utoipa::path(post, path = "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/app-token",
    tag = "app instances", operation_id = "deliver_app_instance_token", params(AppInstancePath),
    responses((status = 200, description = "The token", body = AppToken)))]
pub(in crate::routes) async fn deliver(
    State(app): State<Shared>,
    mutation: Mutation<AppInstancePath, NoBody>,
) -> Result<Changed<AppToken>, Problem> {
    let AppInstancePath { project_id: project, app_instance_id: id } = mutation.path;
    let command = DeliverAppToken { project, id, token: app.world.app_token(id) };
    let mut answer = app.engine.execute(&mutation.context, &command).await?;
    let view = AppToken { token: answer.secret.take() };
    Ok(Changed::new(&app, &answer, view))
}
