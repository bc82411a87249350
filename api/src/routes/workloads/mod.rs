//! What is asked of the node that a workload runs on, while it is asked: log lines,
//! tunnels, how far the image has come. Nothing of it is in the log.

mod logs;
mod progress;
mod token;
mod tunnel;
mod websocket;

use gpuaas_commands::{Action, Context, Scope};
use gpuaas_domain::app_instance::{AppInstance, Instance};
use gpuaas_domain::id::{InstanceId, ProjectId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::scope;
use crate::app::{App, Shared};
use crate::http::Problem;
use crate::resource::Resource;

/// The routes of what passes through.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(logs::read))
        .routes(routes!(progress::read))
        .routes(routes!(token::deliver))
        .routes(routes!(tunnel::open))
}

/// A workload of a project, if whoever asks may do this with it.
async fn workload(
    app: &App,
    context: &Context,
    action: Action,
    project: ProjectId,
    id: InstanceId,
) -> Result<(Scope, Instance), Problem> {
    let scope = scope::project(app, project).await?;
    app.engine.authorize_read(context, action, scope).await?;
    let (state, _) = app.engine.state::<AppInstance>(id).await?;
    let instance = state.details().filter(|instance| instance.requested.project == project);
    instance.cloned().map(|instance| (scope, instance)).ok_or_else(Resource::<AppInstance>::missing)
}
