//! What SQLite's errors mean.

use sqlx::error::ErrorKind;

use crate::store::{StoreError, Written};

// Primary result codes: https://www.sqlite.org/rescode.html
const SQLITE_READONLY: i32 = 8;
const SQLITE_IOERR: i32 = 10;
const SQLITE_CORRUPT: i32 = 11;
const SQLITE_FULL: i32 = 13;
const SQLITE_CANTOPEN: i32 = 14;
const SQLITE_NOTADB: i32 = 26;
/// There is no room for the file beside the write-ahead log.
const SQLITE_IOERR_SHMSIZE: i32 = 4874;

/// An error before a commit was asked for: nothing was written.
pub(super) fn before_commit(error: sqlx::Error) -> StoreError {
    let text = error.to_string();
    if code(&error) == Some(SQLITE_IOERR_SHMSIZE) {
        return StoreError::Full(text);
    }
    match primary_code(&error) {
        Some(SQLITE_READONLY | SQLITE_CANTOPEN) => StoreError::ReadOnly(format!("log.db ({text})")),
        Some(SQLITE_FULL) => StoreError::Full(text),
        Some(SQLITE_CORRUPT | SQLITE_NOTADB) => StoreError::Damaged(text),
        _ => StoreError::Unavailable(text),
    }
}

/// An error of the commit itself. SQLite rolls back when there is no room; when the
/// disk fails, the commit record may have reached it all the same.
pub(super) fn at_commit(error: sqlx::Error) -> StoreError {
    match primary_code(&error) {
        Some(SQLITE_IOERR) | None => StoreError::OutcomeUnknown(error.to_string()),
        Some(_) => before_commit(error),
    }
}

/// A unique index that refused a row is an answer, not a failure.
pub(super) fn collision(error: sqlx::Error) -> Result<Written, StoreError> {
    match error.as_database_error().map(|error| error.kind()) {
        Some(ErrorKind::UniqueViolation) => Ok(Written::Collision),
        _ => Err(before_commit(error)),
    }
}

fn code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

fn primary_code(error: &sqlx::Error) -> Option<i32> {
    code(error).map(|extended| extended & 0xff)
}
