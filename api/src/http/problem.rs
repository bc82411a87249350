//! Why a request was refused, on its way to the client.

use std::borrow::Cow;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use gpuaas_commands::{FieldError, Refusal};
use gpuaas_domain::Code;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{catalog, status};

/// A refusal. [`super::envelope`] turns it into the body that clients read.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Problem {
    /// The stable code.
    pub code: Code,
    /// A sentence that says what to do.
    pub message: Cow<'static, str>,
    /// Field by field, where it can be told.
    pub fields: Vec<FieldProblem>,
    /// When to try again, where that helps.
    pub retry_after: Option<Duration>,
    /// Whether the body as a whole is not what the request takes, so that there is nothing to try.
    pub unreadable: bool,
}

/// The body of every refusal.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ErrorEnvelope {
    /// What is wrong.
    pub error: ErrorBody,
}

/// What is wrong with a request.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// Stable code; `schemas/errors.yaml` lists all.
    #[schema(example = "not_found")]
    pub code: String,
    /// A sentence for people, which says what to do.
    pub message: String,
    /// The request's trace id, by which an operator finds it.
    #[schema(min_length = 32, max_length = 32, pattern = "^[0-9a-f]{32}$")]
    pub correlation_id: String,
    /// Whether the same request may succeed later, unchanged.
    pub retryable: bool,
    /// What is wrong field by field; empty where it cannot be told.
    pub fields: Vec<FieldProblem>,
}

/// What is wrong with one field, parameter or header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldProblem {
    /// Its name; dots lead into objects, brackets into lists.
    #[schema(example = "display_name")]
    pub field: String,
    /// What would be right.
    pub message: String,
}

impl Problem {
    /// A refusal with a code and a sentence.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), fields: Vec::new(), retry_after: None, unreadable: false }
    }

    /// With what the catalog says to do.
    #[must_use]
    pub fn of(code: Code) -> Self {
        Self::new(code, catalog::explain(code).action.trim_end())
    }

    /// One field, parameter or header is not acceptable.
    pub fn at(code: Code, field: impl Into<String>, message: impl Into<String>) -> Self {
        let (field, message) = (field.into(), message.into());
        let fields = vec![FieldProblem { field: field.clone(), message: message.clone() }];
        Self { fields, ..Self::new(code, format!("{field}: {message}")) }
    }

    /// A defect of the server: the details go to its log and not to the client.
    pub fn internal(details: impl std::fmt::Display) -> Self {
        tracing::error!(%details, "internal error");
        Self::of(Code::Internal)
    }

    /// A part of the server cannot be reached: the details go to its log.
    pub fn unavailable(details: impl std::fmt::Display) -> Self {
        tracing::warn!(%details, "unavailable");
        Self::of(Code::Unavailable).retry_after(Duration::from_secs(1))
    }

    /// Says when to try again.
    #[must_use]
    pub fn retry_after(self, after: Duration) -> Self {
        Self { retry_after: Some(after), ..self }
    }

    /// Says that the body as a whole is not what the request takes.
    #[must_use]
    pub fn unreadable(self) -> Self {
        Self { unreadable: true, ..self }
    }
}

impl From<FieldError> for FieldProblem {
    fn from(error: FieldError) -> Self {
        Self { field: error.field, message: error.message }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self {
            code: refusal.code,
            message: refusal.message.into(),
            fields: refusal.fields.into_iter().map(Into::into).collect(),
            retry_after: refusal.retry_after,
            unreadable: false,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = status::of(self.code).0.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
