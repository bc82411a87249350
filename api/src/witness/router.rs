//! From a request to the witness's rules and back, with the statuses of C2SP `tlog-witness`.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use gpuaas_log::witness::{Refusal, Witness};

/// Most bytes of a request: a proof of 63 lines, and a checkpoint with all its signatures.
const MOST: usize = 64 << 10;
/// What a size is served as.
const SIZE: &str = "text/x.tlog.size";
const TEXT: &str = "text/plain; charset=utf-8";

/// Everything that a witness answers.
pub(super) fn router(witness: Arc<Witness>, longest: Duration) -> Router {
    Router::new()
        .route("/add-checkpoint", post(add))
        .route("/{origin}/checkpoint", get(latest))
        .layer(DefaultBodyLimit::max(MOST))
        .layer(from_fn_with_state(longest, limit))
        .with_state(witness)
}

async fn add(State(witness): State<Arc<Witness>>, body: Bytes) -> Response {
    let outcome = tokio::task::spawn_blocking(move || witness.add_checkpoint(&body, seconds_now())).await;
    match outcome {
        Ok(Ok(line)) => text(StatusCode::OK, TEXT, format!("{line}\n")),
        Ok(Err(refusal)) => refused(&refusal),
        Err(error) => {
            tracing::error!(%error, "the witness failed");
            text(StatusCode::INTERNAL_SERVER_ERROR, TEXT, "the witness failed\n".to_owned())
        }
    }
}

fn refused(refusal: &Refusal) -> Response {
    let status = match refusal {
        Refusal::Malformed(_) => StatusCode::BAD_REQUEST,
        Refusal::UnknownLog => StatusCode::NOT_FOUND,
        Refusal::Untrusted(_) => StatusCode::FORBIDDEN,
        Refusal::Conflict(size) => return text(StatusCode::CONFLICT, SIZE, format!("{size}\n")),
        Refusal::Forked { cosigned, refused } => {
            // Both are signed by the log: together they prove that it shows different trees.
            tracing::error!(%cosigned, %refused, "the log signed two trees of one size");
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Refusal::Inconsistent(why) => {
            tracing::warn!(why, "a signed tree was refused");
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Refusal::Record(error) => {
            tracing::error!(%error, "the record could not be kept: nothing was cosigned");
            return text(StatusCode::INTERNAL_SERVER_ERROR, TEXT, "the record cannot be kept at present\n".to_owned());
        }
    };
    text(status, TEXT, format!("{refusal}\n"))
}

async fn latest(State(witness): State<Arc<Witness>>, Path(origin): Path<String>) -> Response {
    match tokio::task::spawn_blocking(move || witness.latest(&origin)).await {
        Ok(Ok(Some(checkpoint))) => text(StatusCode::OK, TEXT, checkpoint),
        Ok(Ok(None)) => text(StatusCode::NOT_FOUND, TEXT, "no checkpoint of such a log was cosigned here\n".to_owned()),
        Ok(Err(error)) => refused(&Refusal::Record(error)),
        Err(error) => {
            tracing::error!(%error, "the witness failed");
            text(StatusCode::INTERNAL_SERVER_ERROR, TEXT, "the witness failed\n".to_owned())
        }
    }
}

/// A client that sends nothing more does not hold its place for ever.
async fn limit(State(longest): State<Duration>, request: Request, next: Next) -> Response {
    let late = |_| text(StatusCode::REQUEST_TIMEOUT, TEXT, "the request took too long\n".to_owned());
    tokio::time::timeout(longest, next.run(request)).await.unwrap_or_else(late)
}

fn text(status: StatusCode, content_type: &'static str, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, content_type)], body).into_response()
}

fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
