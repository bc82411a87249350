//! The read models in Postgres, in tables of their own beside the log's or elsewhere.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use super::ReadError;

/// How long a query waits for a connection before it says that there is none.
const ACQUIRE: Duration = Duration::from_secs(3);

/// Connects and migrates.
pub(super) async fn open(url: &str, connections: u32) -> Result<PgPool, ReadError> {
    let options = PgConnectOptions::from_str(url)?.application_name("gpuaas-read").disable_statement_logging();
    let pool =
        PgPoolOptions::new().max_connections(connections.max(2)).acquire_timeout(ACQUIRE).connect_with(options).await?;
    let mut migrator = sqlx::migrate!("../migrations/postgres/read");
    migrator.dangerous_set_table_name("read_migrations");
    migrator.run(&pool).await?;
    Ok(pool)
}
