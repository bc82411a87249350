//! Where each request of the protocol goes.

use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use gpuaas_domain::Code;
use gpuaas_domain::node_protocol::path;
use tower_http::catch_panic::CatchPanicLayer;

use super::{credentials, enrollment, heartbeat, logs, progress, recovery, reports, session, tunnels};
use crate::app::Shared;
use crate::http::{Problem, deadline, envelope, panic};

/// Everything that the gateway answers.
pub(crate) fn router(app: Shared, longest: Duration) -> Router {
    Router::new()
        .route(path::ENROLL, post(enrollment::enroll))
        .route(path::RECOVER, post(recovery::recover))
        .route(path::RENEW, post(enrollment::renew))
        .route(path::HEARTBEAT, post(heartbeat::hear))
        .route(path::TASKS, get(session::open))
        .route(path::REPORTS, post(reports::take))
        .route(path::CREDENTIALS, post(credentials::hand_out))
        .route(path::PROGRESS, post(progress::note))
        .route(path::LOGS, post(logs::take))
        .route(&format!("{}/{{tunnel}}", path::TUNNELS), get(tunnels::begin))
        .with_state(app)
        .fallback(unknown)
        .layer(from_fn_with_state(longest, deadline::limit))
        .layer(CatchPanicLayer::custom(panic::caught))
        .layer(from_fn(envelope))
}

async fn unknown() -> Problem {
    Problem::new(Code::NotFound, "there is nothing at this path; the agent may be newer than the server")
}
