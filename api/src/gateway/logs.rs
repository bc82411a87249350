//! Log lines: kept by the agent, asked for when somebody wants to read them.

use axum::extract::State;
use axum::http::StatusCode;
use gpuaas_domain::Code;
use gpuaas_domain::id::{InstanceId, NodeId, RequestId, TypedId as _};
use gpuaas_domain::node_protocol::logs::{LogAnswer, LogRequest, MAX_LINES};
use gpuaas_domain::node_protocol::stream::ServerFrame;
use uuid::Uuid;

use super::caller::{Caller, Said};
use crate::app::{App, Shared};
use crate::http::Problem;

/// Most bytes of an answer: a thousand lines of 4 KiB, every character of which may need another.
const MOST: usize = (MAX_LINES as usize) * (2 * 4096 + 256);

/// Takes lines that were asked for.
pub(super) async fn take(
    State(app): State<Shared>,
    caller: Caller,
    Said(answer): Said<LogAnswer, MOST>,
) -> Result<StatusCode, Problem> {
    let waits = app.gateway.logs.claim(answer.request, caller.peer.node);
    match waits.map(|waits| waits.send(answer)) {
        Some(Ok(())) => Ok(StatusCode::NO_CONTENT),
        Some(Err(_)) | None => Err(Problem::new(Code::NotFound, "nobody waits for these lines any more")),
    }
}

/// Asks a node for lines of a workload, from a number on.
pub async fn lines(app: &App, node: NodeId, instance: InstanceId, from: u64, limit: u32) -> Result<LogAnswer, Problem> {
    let request = RequestId::from_uuid(Uuid::from_u128(rand::random()));
    let limit = limit.min(MAX_LINES);
    let ticket = app.gateway.logs.begin(request, node);
    let asked = async {
        if !app.gateway.lines.tell(node, ServerFrame::Logs(LogRequest { request, instance, from, limit })).await {
            return Err(not_connected());
        }
        ticket.brought().await.ok_or_else(not_connected)
    };
    tokio::time::timeout(app.gateway.settings.answer, asked).await.map_err(|_| too_slow())?
}

/// The node has no stream to this server.
pub(super) fn not_connected() -> Problem {
    let message = "the workload's node is not connected to this server; try again when its agent is";
    Problem::new(Code::NodeOffline, message)
}

/// The node was asked and did not answer.
pub(super) fn too_slow() -> Problem {
    Problem::new(Code::DeadlineExceeded, "the workload's node did not answer in time; try again")
}
