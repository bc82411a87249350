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

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use gpuaas_domain::Code;

    use super::*;

    #[test]
    fn a_panic_is_answered_without_its_text() {
        let response = caught(Box::new("a secret".to_owned()));
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let problem: &Problem = response.extensions().get().unwrap();
        assert!(problem.code == Code::Internal && !problem.message.contains("secret"), "{problem}");
    }
}
