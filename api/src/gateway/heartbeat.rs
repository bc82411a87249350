//! Signs of life. That a node is there is an event only when it was not.

use axum::Json;
use axum::extract::State;
use gpuaas_commands::handlers::node::ComeOnline;
use gpuaas_domain::node_protocol::heartbeat::{Heartbeat, HeartbeatAnswer};

use super::caller::{Caller, Said};
use super::settings::seconds;
use crate::app::Shared;
use crate::http::Problem;

/// Most bytes of a heartbeat.
const MOST: usize = 4 * 1024;

/// Hears a node.
pub(super) async fn hear(
    State(app): State<Shared>,
    caller: Caller,
    Said(heartbeat): Said<Heartbeat, MOST>,
) -> Result<Json<HeartbeatAnswer>, Problem> {
    let Heartbeat { boot_id, agent_version, waiting_reports, .. } = heartbeat;
    if waiting_reports > 0 {
        tracing::debug!(node = %caller.peer.node, waiting_reports, "reports wait");
    }
    let online = ComeOnline { node: caller.peer.node, boot_id, agent_version };
    app.engine.execute(&caller.context, &online).await?;
    let interval_seconds = seconds(app.gateway.settings.heartbeat);
    Ok(Json(HeartbeatAnswer { server_time: app.now(), interval_seconds }))
}
