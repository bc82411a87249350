//! The database of the read models: `read.db` in the data directory, or Postgres.
//!
//! One set of statements serves both; only opening them differs.

mod error;
mod moved;
mod postgres;
mod row;
mod sqlite;
mod statement;
mod transaction;

use std::path::Path;

use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;

pub use error::ReadError;
pub use transaction::Transaction;

pub(crate) use moved::Moved;
pub(crate) use row::Row;
pub(crate) use statement::{Statement, Value};

use transaction::Inner;

/// The read database. A clone is another handle to the same one.
#[derive(Clone)]
pub struct ReadStore {
    database: Database,
    moved: Moved,
}

#[derive(Clone)]
enum Database {
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    Postgres(PgPool),
}

impl ReadStore {
    /// Opens `read.db` in a data directory, which the log has locked, or makes an empty one.
    pub async fn sqlite(directory: &Path) -> Result<Self, ReadError> {
        let (writer, readers) = sqlite::open(directory).await?;
        Ok(Self { database: Database::Sqlite { writer, readers }, moved: Moved::default() })
    }

    /// Connects to a Postgres database, which may be the log's, with at most so many
    /// connections.
    pub async fn postgres(url: &str, connections: u32) -> Result<Self, ReadError> {
        Ok(Self { database: Database::Postgres(postgres::open(url, connections).await?), moved: Moved::default() })
    }

    /// Whether no other server can be using this database.
    pub(crate) fn is_exclusive(&self) -> bool {
        match &self.database {
            Database::Sqlite { .. } => true,
            Database::Postgres(_) => false,
        }
    }

    /// How far projections have come, as far as this process moved them.
    pub(crate) fn moved(&self) -> &Moved {
        &self.moved
    }

    /// Begins to write.
    pub(crate) async fn begin(&self) -> Result<Transaction, ReadError> {
        Ok(Transaction(match &self.database {
            Database::Sqlite { writer, .. } => Inner::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Database::Postgres(pool) => Inner::Postgres(pool.begin().await?),
        }))
    }

    /// Reads all rows of one statement.
    pub(crate) async fn rows(&self, statement: Statement) -> Result<Vec<Row>, ReadError> {
        Ok(match &self.database {
            Database::Sqlite { readers, .. } => {
                let (sql, arguments) = statement.for_sqlite()?;
                let rows = sqlx::query_with(sql, arguments).fetch_all(readers).await?;
                rows.into_iter().map(Row::Sqlite).collect()
            }
            Database::Postgres(pool) => {
                let (sql, arguments) = statement.for_postgres()?;
                let rows = sqlx::query_with(sql, arguments).fetch_all(pool).await?;
                rows.into_iter().map(Row::Postgres).collect()
            }
        })
    }

    /// Reads the row of one statement, if there is one.
    pub(crate) async fn row(&self, statement: Statement) -> Result<Option<Row>, ReadError> {
        Ok(self.rows(statement).await?.into_iter().next())
    }

    /// Executes one statement and says how many rows were affected.
    pub(crate) async fn execute(&self, statement: Statement) -> Result<u64, ReadError> {
        let mut transaction = self.begin().await?;
        let affected = transaction.execute(statement).await?;
        transaction.commit().await?;
        Ok(affected)
    }
}
