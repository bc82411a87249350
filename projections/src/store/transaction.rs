//! A transaction of either database.

use sqlx::{Postgres, Sqlite};

use super::row::Row;
use super::{ReadError, Statement};

/// Statements that take effect together. Dropped without a commit, they have none.
pub struct Transaction(pub(super) Inner);

pub(super) enum Inner {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Transaction {
    /// Executes, and says how many rows were affected.
    pub(crate) async fn execute(&mut self, statement: Statement) -> Result<u64, ReadError> {
        Ok(match &mut self.0 {
            Inner::Sqlite(transaction) => {
                let (sql, arguments) = statement.for_sqlite()?;
                sqlx::query_with(sql, arguments).execute(&mut **transaction).await?.rows_affected()
            }
            Inner::Postgres(transaction) => {
                let (sql, arguments) = statement.for_postgres()?;
                sqlx::query_with(sql, arguments).execute(&mut **transaction).await?.rows_affected()
            }
        })
    }

    /// Reads all rows.
    pub(crate) async fn rows(&mut self, statement: Statement) -> Result<Vec<Row>, ReadError> {
        Ok(match &mut self.0 {
            Inner::Sqlite(transaction) => {
                let (sql, arguments) = statement.for_sqlite()?;
                let rows = sqlx::query_with(sql, arguments).fetch_all(&mut **transaction).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Inner::Postgres(transaction) => {
                let (sql, arguments) = statement.for_postgres()?;
                let rows = sqlx::query_with(sql, arguments).fetch_all(&mut **transaction).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// Makes all of it take effect.
    pub(crate) async fn commit(self) -> Result<(), ReadError> {
        match self.0 {
            Inner::Sqlite(transaction) => transaction.commit().await?,
            Inner::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
}
