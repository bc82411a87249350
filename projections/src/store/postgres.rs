//! The read models in Postgres, in tables of their own beside the log's or elsewhere.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _};

use super::ReadError;

/// How long a query waits for a connection before it says that there is none.
const ACQUIRE: Duration = Duration::from_secs(3);
/// How long a connection may be idle and is still taken for sound without being asked.
const TRUSTED: Duration = Duration::from_secs(1);

/// Connects and migrates.
pub(super) async fn open(url: &str, connections: u32) -> Result<PgPool, ReadError> {
    let options = PgConnectOptions::from_str(url)?.application_name("gpuaas-read").disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(connections.max(2))
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .before_acquire(|conn, meta| Box::pin(async move { Ok(meta.idle_for < TRUSTED || conn.ping().await.is_ok()) }))
        .connect_with(options)
        .await?;
    let mut migrator = sqlx::migrate!("../migrations/postgres/read");
    migrator.dangerous_set_table_name("read_migrations");
    migrator.run(&pool).await?;
    Ok(pool)
}
