//! How the read database can fail.

/// Why the read database did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It cannot be reached, or refused; nothing was written. Trying again may help.
    #[error("the read database is not available: {0}")]
    Unavailable(String),
    /// There is no room. Nothing was written.
    #[error("the read database is full: {0}")]
    Full(String),
    /// What is in it cannot be read by this program. It can be removed and is then
    /// built again from the log.
    #[error("the read database is damaged, or of another version of this program: {0}")]
    Damaged(String),
}

impl ReadError {
    /// Whether trying again may help.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Self::Unavailable(_) | Self::Full(_) => true,
            Self::Damaged(_) => false,
        }
    }
}

impl From<sqlx::Error> for ReadError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match error {
            E::ColumnDecode { .. } | E::ColumnIndexOutOfBounds { .. } | E::TypeNotFound { .. } | E::Decode(_) => {
                Self::Damaged(error.to_string())
            }
            _ if is_full(&error) => Self::Full(error.to_string()),
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

/// Whether the database has no room: `disk_full` of Postgres; of SQLite `SQLITE_FULL` and
/// `SQLITE_IOERR_SHMSIZE`, which is no room for the file beside the write-ahead log.
fn is_full(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| ["53100", "13", "4874"].contains(&&*code))
}

impl From<sqlx::migrate::MigrateError> for ReadError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::Execute(error) => error.into(),
            error => Self::Damaged(format!("its tables are not this version's: {error}")),
        }
    }
}
