//! Reads a request's body: bounded, and JSON by its content type.

use axum::body::Body;
use axum::http::{HeaderMap, header};
use gpuaas_domain::Code;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_json::Value;

use super::json;
use super::problem::Problem;

/// Reads the body of a request that has one. An empty body is `null`.
pub async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Value, Problem> {
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    let bytes = match Limited::new(body, limit).collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return Err(too_large(limit)),
        Err(_) => return Err(Problem::new(Code::MalformedJson, "the body broke off; send it again, whole")),
    };
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    if !is_json(headers) {
        return Err(Problem::of(Code::UnsupportedMediaType));
    }
    json::parse(&bytes)
}

fn too_large(limit: usize) -> Problem {
    Problem::new(Code::BodyTooLarge, format!("the body may have at most {limit} bytes; send less"))
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}
