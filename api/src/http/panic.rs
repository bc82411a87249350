//! A defect that panics answers `internal`, and the panic's text goes to the server's log only.

use std::any::Any;

use axum::response::{IntoResponse, Response};

use super::problem::Problem;

/// Answers for a handler that panicked.
#[must_use]
pub fn caught(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    Problem::internal(format_args!("a handler panicked: {}", text.unwrap_or("without a text"))).into_response()
}
