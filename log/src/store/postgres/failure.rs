//! What Postgres's errors mean.

use crate::store::{StoreError, Written};

/// An error of a statement that cannot have committed: nothing was written.
pub(super) fn before_commit(error: sqlx::Error) -> StoreError {
    let text = error.to_string();
    match sqlstate(&error).as_deref() {
        Some("53100") => StoreError::Full(text),
        Some("25006") => StoreError::ReadOnly(format!("the database ({text})")),
        Some("XX001" | "XX002") => StoreError::Damaged(text),
        _ => StoreError::Unavailable(text),
    }
}

/// An error of a statement that commits. The server's own refusal says that nothing was
/// written; silence, or a server that goes away, says nothing at all.
pub(super) fn at_commit(error: sqlx::Error) -> StoreError {
    const CONNECTION: &str = "08";
    const OPERATOR: &str = "57P";
    const COMPLETION_UNKNOWN: &str = "40003";
    match sqlstate(&error) {
        Some(code) if !code.starts_with(CONNECTION) && !code.starts_with(OPERATOR) && code != COMPLETION_UNKNOWN => {
            before_commit(error)
        }
        Some(_) | None => StoreError::OutcomeUnknown(error.to_string()),
    }
}

/// A unique index that refused a row is an answer, not a failure.
pub(super) fn collision(error: &sqlx::Error) -> Option<Written> {
    (sqlstate(error).as_deref() == Some("23505")).then_some(Written::Collision)
}

fn sqlstate(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}
