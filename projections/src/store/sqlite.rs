//! `read.db`: one connection that writes, a few that read.

use std::path::Path;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use super::ReadError;

/// Connections that read.
const READERS: u32 = 4;

/// Opens, or makes, and migrates.
pub(super) async fn open(directory: &Path) -> Result<(SqlitePool, SqlitePool), ReadError> {
    let options = SqliteConnectOptions::new()
        .filename(directory.join("read.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // A crash of the machine may take the last transactions, rows and cursors alike:
        // they are built again from the log.
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(5))
        .disable_statement_logging();
    let writer = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
    let mut migrator = sqlx::migrate!("../migrations/sqlite/read");
    migrator.dangerous_set_table_name("read_migrations");
    migrator.run(&writer).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .connect_lazy_with(options.create_if_missing(false).read_only(true));
    Ok((writer, readers))
}
