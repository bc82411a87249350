//! Why a command was not accepted, as it is answered.

use std::time::Duration;

use gpuaas_domain::text::TextError;
use gpuaas_domain::{Code, Rejected};
use gpuaas_log::append::AppendError;
use serde::{Deserialize, Serialize};

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field, as the request names it.
    pub field: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// A command that was not accepted: a stable code and a sentence that says what to do.
/// Nothing in it is internal; what is goes to the server's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}: {message}", code.as_str())]
pub struct Refusal {
    /// The stable code.
    pub code: Code,
    /// For people.
    pub message: String,
    /// Field by field, where it can be told.
    pub fields: Vec<FieldError>,
    /// When to try again, where that helps.
    pub retry_after: Option<Duration>,
}

impl Refusal {
    /// A refusal with a code and a sentence.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), fields: Vec::new(), retry_after: None }
    }

    /// There is no such resource, or none that the actor may see.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("there is no such {what}, or you have no access to it; check the id"))
    }

    /// One field is not acceptable.
    pub fn invalid_field(field: impl Into<String>, message: impl Into<String>) -> Self {
        let (field, message) = (field.into(), message.into());
        Self { fields: vec![FieldError { field, message: message.clone() }], ..Self::new(Code::InvalidField, message) }
    }

    /// A unique name is held by another resource. A personal one is not repeated: answers
    /// are kept, and outlive the person's account.
    #[must_use]
    pub fn name_taken(field: &str, name: Option<&str>) -> Self {
        let message = match name {
            Some(name) => format!("{field} {name:?} is taken; choose another one"),
            None => format!("this {field} is taken; choose another one"),
        };
        Self {
            fields: vec![FieldError { field: field.to_owned(), message: message.clone() }],
            ..Self::new(Code::NameTaken, message)
        }
    }

    /// A defect of the server; the details go to its log, not into the answer.
    pub fn internal(details: impl std::fmt::Display) -> Self {
        tracing::error!(%details, "internal error");
        Self::new(Code::Internal, "something went wrong here; the correlation id lets the operator find it")
    }

    /// Whether this answer may be kept for the idempotency key: a passing state of the
    /// server is not an answer to the request.
    #[must_use]
    pub fn is_final(&self) -> bool {
        !matches!(
            self.code,
            Code::RateLimited
                | Code::Overloaded
                | Code::Unavailable
                | Code::LogStopped
                | Code::OutcomeUnknown
                | Code::Internal
                | Code::Contention
                | Code::DeadlineExceeded
                | Code::ProjectionBehind
                | Code::RegistryUnavailable
                | Code::CheckpointBehind
                | Code::Unauthenticated
                | Code::TokenExpired
                | Code::TokenRevoked
        )
    }
}

impl<R: Rejected> From<R> for Refusal {
    fn from(rejection: R) -> Self {
        let message = rejection.to_string();
        let mut refusal = Self::new(rejection.code(), message.clone());
        let text = std::error::Error::source(&rejection)
            .or(Some(&rejection))
            .and_then(|error| error.downcast_ref::<TextError>());
        if let Some(text) = text {
            refusal.fields.push(FieldError { field: text.field().to_owned(), message });
        }
        refusal
    }
}

/// The answer to a failed append that deciding again cannot mend.
pub(crate) fn of_append(error: AppendError) -> Refusal {
    const SOON: Duration = Duration::from_secs(1);
    match error {
        AppendError::Overloaded { retry_after } => Refusal {
            retry_after: Some(retry_after),
            ..Refusal::new(Code::Overloaded, "too many changes are waiting to be written; try again in a moment")
        },
        AppendError::Unavailable(details) => {
            tracing::warn!(details, "append unavailable");
            Refusal {
                retry_after: Some(SOON),
                ..Refusal::new(Code::Unavailable, "the log cannot be written at present and nothing was; try again")
            }
        }
        AppendError::Unknown(details) => {
            tracing::error!(details, "append outcome unknown");
            Refusal {
                retry_after: Some(SOON),
                ..Refusal::new(
                    Code::OutcomeUnknown,
                    "the connection to the log broke while it was written; repeat the request with the same Idempotency-Key to learn the outcome",
                )
            }
        }
        AppendError::Stopped(details) => {
            tracing::error!(details, "log stopped");
            Refusal::new(
                Code::LogStopped,
                "the log was stopped for the operator to look at; nothing is written until then",
            )
        }
        AppendError::TooLarge(details) => {
            Refusal::new(Code::BodyTooLarge, format!("the request is too large to be recorded: {details}"))
        }
        error @ (AppendError::VersionConflict { .. }
        | AppendError::GuardConflict { .. }
        | AppendError::ClaimTaken { .. }
        | AppendError::ClaimNotHeld { .. }
        | AppendError::KeysChanged { .. }
        | AppendError::Duplicate { .. }
        | AppendError::Invalid(_)) => Refusal::internal(error),
    }
}

/// The answer when the log cannot be read.
pub(crate) fn of_read(error: impl std::fmt::Display) -> Refusal {
    tracing::warn!(%error, "the log cannot be read");
    Refusal {
        retry_after: Some(Duration::from_secs(1)),
        ..Refusal::new(Code::Unavailable, "the log cannot be read at present; try again")
    }
}
