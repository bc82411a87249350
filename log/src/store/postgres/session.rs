//! The settings that a connection is made with.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::store::StoreError;

/// How long a connection may be idle and is still taken for sound without being asked.
pub(super) const TRUSTED: Duration = Duration::from_secs(1);

/// Whether a connection that was idle for so long can be used: asking costs as much as a read.
pub(super) async fn is_sound(conn: &mut PgConnection, idle: Duration) -> Result<bool, sqlx::Error> {
    Ok(idle < TRUSTED || conn.ping().await.is_ok())
}

/// Connections that read: bounded in time. A log grows from nothing, before there are
/// statistics; each of its reads has an index, so none needs a scan.
pub(super) fn reading(url: &str) -> Result<PgConnectOptions, StoreError> {
    Ok(connect(url)?.options([("statement_timeout", "30s"), ("enable_seqscan", "off")]))
}

/// The connection that writes: durable whatever the server's default is, and never
/// holding the head for a process that is gone.
pub(super) fn writing(url: &str) -> Result<PgConnectOptions, StoreError> {
    Ok(connect(url)?.options([
        ("synchronous_commit", "on"),
        ("statement_timeout", "10s"),
        ("idle_in_transaction_session_timeout", "10s"),
        ("tcp_keepalives_idle", "5"),
        ("tcp_keepalives_interval", "2"),
        ("tcp_keepalives_count", "3"),
        // The statements are few and always the same.
        ("plan_cache_mode", "force_generic_plan"),
        ("jit", "off"),
    ]))
}

fn connect(url: &str) -> Result<PgConnectOptions, StoreError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|error| StoreError::Unavailable(format!("not the URL of a Postgres database: {error}")))?;
    Ok(options.application_name("log").disable_statement_logging())
}
