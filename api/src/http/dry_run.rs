//! Dry runs have one answer, whatever was tried and however it ends: this layer gives it to
//! those that are refused, and [`super::answer::Changed`] to those that are not.
//!
//! What is wrong with the request itself (who asks, what it is written in, a body that is no
//! object, how much was asked) is refused as ever. What the platform's rules would refuse is a check that fails.

use axum::Json;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{Problem, status};
use crate::openapi;
use crate::views::dry_run::DryRun;

/// What the answer to a dry run is.
pub const MEDIA_TYPE: &str = "application/vnd.gpuaas.dry-run+json";
/// The parameter that asks for one.
const NAME: &str = "dry_run";

/// Answers a dry run that the rules refuse.
pub async fn answer(request: Request, next: Next) -> Response {
    let tried = is_dry_run(&request);
    let response = next.run(request).await;
    let problem = response.extensions().get::<Problem>().filter(|problem| tried && is_of_rules(problem));
    match problem {
        Some(problem) => DryRun::refused(problem).into_response(),
        None => response,
    }
}

/// Whether it is a mutation of the document, to be tried only.
fn is_dry_run(request: &Request) -> bool {
    let template = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let is_mutation = request.method() != Method::GET && openapi::route(request.method(), template).is_some();
    let query = request.uri().query().unwrap_or_default();
    let pairs = serde_urlencoded::from_str::<Vec<(String, String)>>(query).unwrap_or_default();
    is_mutation && pairs.iter().any(|(name, value)| name == NAME && value == "true")
}

/// Whether a refusal says what the rules say, and not something of the request itself.
fn is_of_rules(problem: &Problem) -> bool {
    let of_rules = [
        StatusCode::FORBIDDEN,
        StatusCode::NOT_FOUND,
        StatusCode::CONFLICT,
        StatusCode::PRECONDITION_FAILED,
        StatusCode::UNPROCESSABLE_ENTITY,
    ];
    of_rules.contains(&status::of(problem.code).0) && !problem.unreadable
}

impl IntoResponse for DryRun {
    fn into_response(self) -> Response {
        let mut response = Json(self).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        response
    }
}
