//! A row of either database.

use gpuaas_domain::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Postgres, Row as _, Sqlite, Type};

use super::ReadError;

/// A row that a statement answered with.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// A column, counted from 0.
    pub(crate) fn get<T>(&self, column: usize) -> Result<T, ReadError>
    where
        T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>,
    {
        Ok(match self {
            Self::Sqlite(row) => row.try_get(column)?,
            Self::Postgres(row) => row.try_get(column)?,
        })
    }

    /// A column with a position or a version.
    pub(crate) fn number(&self, column: usize) -> Result<u64, ReadError> {
        let number: i64 = self.get(column)?;
        u64::try_from(number).map_err(|_| ReadError::Damaged("a negative number".into()))
    }

    /// A column with a point in time.
    pub(crate) fn time(&self, column: usize) -> Result<Timestamp, ReadError> {
        self.number(column).map(Timestamp)
    }
}
