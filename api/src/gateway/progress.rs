//! How far images have come: shown while it lasts, recorded nowhere.

use axum::extract::State;
use axum::http::StatusCode;
use gpuaas_domain::Code;
use gpuaas_domain::node_protocol::progress::PullProgress;

use super::caller::{Caller, Said};
use crate::app::Shared;
use crate::http::Problem;

/// Most bytes of it.
const MOST: usize = 4 * 1024;

/// Notes how far an image has come.
pub(super) async fn note(
    State(app): State<Shared>,
    caller: Caller,
    Said(progress): Said<PullProgress, MOST>,
) -> Result<StatusCode, Problem> {
    if app.gateway.queues.note_progress(caller.peer.node, progress) {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::new(Code::NotFound, "this node has no such open task for that workload"))
}
