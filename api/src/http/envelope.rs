//! The outermost layer: gives each request its correlation and span, and each refusal
//! its body, whoever made it. Nothing internal passes it.

use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use super::correlation::{self, Correlation};
use super::problem::{ErrorBody, ErrorEnvelope, Problem};
use super::{measure, status};

/// Wraps every request.
pub async fn envelope(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let (correlation, problem) = correlation::of(request.headers());
    request.extensions_mut().insert(correlation);
    let route = request.extensions().get::<MatchedPath>().map_or_else(|| "unmatched".to_owned(), |m| m.as_str().into());
    let method = request.method().clone();
    let span = tracing::info_span!("request", %method, route, trace = %correlation, status = tracing::field::Empty);
    let answer = async {
        match problem {
            Some(problem) => axum::response::IntoResponse::into_response(problem),
            None => next.run(request).await,
        }
    };
    let response = finish(answer.instrument(span.clone()).await, correlation);
    span.record("status", response.status().as_u16());
    measure::request(&method, &route, response.status(), started.elapsed());
    response
}

fn finish(response: Response, correlation: Correlation) -> Response {
    let mut response = if is_refusal(response.status()) { with_body(response, correlation) } else { response };
    correlation.write(response.headers_mut());
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn is_refusal(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

fn with_body(response: Response, correlation: Correlation) -> Response {
    let (mut parts, _) = response.into_parts();
    let problem = parts.extensions.remove().unwrap_or_else(|| Problem::of(status::code_of(parts.status)));
    let (status, retryable) = status::of(problem.code);
    parts.status = status;
    let body = ErrorEnvelope {
        error: ErrorBody {
            code: problem.code.as_str().to_owned(),
            message: problem.message.into_owned(),
            correlation_id: correlation.to_string(),
            retryable,
            fields: problem.fields,
        },
    };
    let json = serde_json::to_vec(&body).expect("texts and booleans are JSON");
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let mut add = |name: HeaderName, value: HeaderValue| parts.headers.insert(name, value);
    if let Some(after) = problem.retry_after {
        // Whole seconds, rounded up: too early would only be refused again.
        add(header::RETRY_AFTER, HeaderValue::from(after.as_secs() + u64::from(after.subsec_nanos() > 0)));
    }
    if status == StatusCode::UNAUTHORIZED {
        add(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"gpuaas\""));
    }
    Response::from_parts(parts, Body::from(json))
}
