//! No request takes for ever. A mutation that was cut off goes on: its answer is found
//! by repeating it with the same `Idempotency-Key`.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use gpuaas_domain::Code;

use super::problem::Problem;

/// Ends a request after so long. The headers count; a body that streams may go on.
pub async fn limit(State(longest): State<Duration>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(longest, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::of(Code::DeadlineExceeded).retry_after(Duration::from_secs(1)).into_response(),
    }
}
