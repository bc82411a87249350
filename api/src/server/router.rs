//! The layers around the routes, from the outside in: envelope (correlation, span,
//! refusals' bodies), panics, foreign origins, and for the API deadlines, who asks, and
//! how much.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::header;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use axum::routing::get;
use gpuaas_domain::Code;
use tower_http::catch_panic::CatchPanicLayer;

use super::config::Config;
use super::health::{self, Health};
use crate::app::Shared;
use crate::http::origin::{self, Hosts};
use crate::http::{Problem, deadline, dry_run, envelope, panic};
use crate::{asyncapi, auth, openapi, publication, routes};

/// Everything that a server answers.
pub(super) fn router(config: &Config, address: SocketAddr, app: Shared, health: Health) -> Router {
    let (api, _) = routes::api().split_for_parts();
    let api = api
        .layer(from_fn(dry_run::answer))
        .merge(publication::router())
        .layer(from_fn_with_state(app.clone(), auth::identify))
        .layer(from_fn_with_state(config.limits.request, deadline::limit))
        .with_state(app);
    let hosts = Arc::new(Hosts::new(address, &config.hosts));
    Router::new()
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .with_state(health)
        .route("/healthz", get(health::alive))
        .route("/openapi.json", get(document))
        .route("/asyncapi.yaml", get(events))
        .merge(api)
        .fallback(unknown)
        .layer(CatchPanicLayer::custom(panic::caught))
        .layer(from_fn_with_state(hosts, origin::check))
        .layer(from_fn(envelope))
}

async fn unknown() -> Problem {
    Problem::new(Code::NotFound, "there is nothing at this path; /openapi.json lists what there is")
}

async fn events() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/yaml")], asyncapi::text())
}

async fn document() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], openapi::text())
}
