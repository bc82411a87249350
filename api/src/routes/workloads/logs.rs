//! Log lines of workloads, by their numbers.

use axum::Json;
use axum::extract::State;
use gpuaas_commands::Action;
use gpuaas_domain::Code;
use gpuaas_domain::node_protocol::logs::MAX_LINES;
use serde::Deserialize;
use utoipa::IntoParams;

use super::super::path::AppInstancePath;
use super::workload;
use crate::app::Shared;
use crate::gateway;
use crate::http::{Problem, Read};
use crate::views::workload::LogLines;

/// Lines of an answer, unless asked for otherwise.
const USUAL_LINES: u32 = 200;

/// Which lines.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Lines {
    /// The number of the line to begin with, as `next_sequence` tells it; left out: the oldest that is kept.
    from_sequence: Option<u64>,
    /// Most lines.
    #[param(minimum = 1, maximum = 1000, default = 200)]
    limit: Option<u32>,
}

/// Reads log lines of a workload. They are asked of its node, which keeps the latest.
#[utoipa::path(get, path = "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/logs", tag = "app instances",
    operation_id = "read_app_instance_logs", params(AppInstancePath, Lines),
    responses((status = 200, description = "The lines", body = LogLines)))]
pub(in crate::routes) async fn read(
    State(app): State<Shared>,
    read: Read<AppInstancePath, Lines>,
) -> Result<Json<LogLines>, Problem> {
    let AppInstancePath { project_id, app_instance_id } = read.path;
    let Lines { from_sequence, limit } = read.query;
    let limit = limit.unwrap_or(USUAL_LINES);
    if !(1..=MAX_LINES).contains(&limit) {
        return Err(Problem::at(Code::InvalidParameter, "limit", format!("send 1 to {MAX_LINES}")));
    }
    let (_, instance) = workload(&app, &read.context, Action::ReadInstanceLogs, project_id, app_instance_id).await?;
    let node = instance.requested.node;
    let answer = gateway::log_lines(&app, node, app_instance_id, from_sequence.unwrap_or(0), limit).await?;
    if !answer.known {
        let message = "the node keeps no lines of this workload: it was not launched yet, or is gone";
        return Err(Problem::new(Code::NotFound, message));
    }
    Ok(Json(answer.into()))
}
