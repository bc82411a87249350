//! How the read database can fail.

/// Why the read database did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It cannot be reached, or refused; nothing was written. Trying again may help.
    #[error("the read database is not available: {0}")]
    Unavailable(String),
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
            Self::Unavailable(_) => true,
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
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for ReadError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::Execute(error) => error.into(),
            error => Self::Damaged(format!("its tables are not this version's: {error}")),
        }
    }
}
