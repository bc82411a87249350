//! Where a test keeps its log: a directory, or a database of its own.

use std::sync::Arc;

use gpuaas_log::store::{LogStore, PostgresLog, PostgresOptions, SqliteLog, SqliteOptions, StoreError};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};
use tempfile::TempDir;

/// A place for one log.
pub(super) trait Place {
    /// Opens the store.
    async fn try_open(&self) -> Result<Arc<dyn LogStore>, StoreError>;

    /// Opens the store, which must work.
    async fn open(&self) -> Arc<dyn LogStore> {
        self.try_open().await.unwrap()
    }

    /// Another place of the same kind.
    async fn another(&self) -> Self;

    /// Does something to the tables behind everybody's back.
    async fn tamper(&self, sql: &str);

    /// How SQL writes bytes.
    fn bytes(hex: &str) -> String;

    /// Copies the whole database. Nobody has it open.
    async fn back_up(&self) -> Self;

    /// Puts the database back to what a copy holds. Whoever has it open loses it.
    async fn restore(&self, backup: &Self);
}

/// A data directory.
pub(super) struct SqlitePlace {
    pub(super) directory: TempDir,
}

impl SqlitePlace {
    pub(super) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }
}

impl Place for SqlitePlace {
    async fn try_open(&self) -> Result<Arc<dyn LogStore>, StoreError> {
        Ok(Arc::new(SqliteLog::open(SqliteOptions::new(self.directory.path())).await?))
    }

    async fn another(&self) -> Self {
        Self::new()
    }

    async fn tamper(&self, sql: &str) {
        let url = format!("sqlite:{}", self.directory.path().join("log.db").display());
        let mut conn = SqliteConnection::connect(&url).await.unwrap();
        conn.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
        conn.close().await.unwrap();
    }

    fn bytes(hex: &str) -> String {
        format!("x'{hex}'")
    }

    async fn back_up(&self) -> Self {
        let copy = Self::new();
        copy.restore(self).await;
        copy
    }

    async fn restore(&self, backup: &Self) {
        for name in ["log.db", "log.db-wal", "log.db-shm"] {
            let _ = std::fs::remove_file(self.directory.path().join(name));
            let from = backup.directory.path().join(name);
            if from.exists() {
                std::fs::copy(from, self.directory.path().join(name)).unwrap();
            }
        }
    }
}

/// A database on the server of `GPUAAS_TEST_POSTGRES`.
pub(super) struct PostgresPlace {
    server: String,
    database: String,
}

const HOW_TO_GET_ONE: &str = "GPUAAS_TEST_POSTGRES is not set. These tests need a Postgres server: \
    `cargo xtask test` starts one, or set it to the URL of a superuser, such as postgres://postgres@127.0.0.1:5432";

impl PostgresPlace {
    pub(super) async fn new() -> Self {
        let server = std::env::var("GPUAAS_TEST_POSTGRES").expect(HOW_TO_GET_ONE);
        let place = Self { server, database: format!("log_test_{}", hex::encode(rand::random::<[u8; 8]>())) };
        place.on_server(&format!("CREATE DATABASE {}", place.database)).await;
        place
    }

    pub(super) fn url(&self) -> String {
        self.url_of(&self.database)
    }

    fn url_of(&self, database: &str) -> String {
        let server: PgConnectOptions = self.server.parse().expect("GPUAAS_TEST_POSTGRES is a URL");
        server.database(database).to_url_lossy().into()
    }

    /// Removes the database, and the copy of it if there is one.
    pub(super) async fn remove(self) {
        for database in [&self.database, &format!("{}_backup", self.database)] {
            self.on_server(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")).await;
        }
    }

    /// Breaks every connection to the database.
    pub(super) async fn disconnect_all(&self) {
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ";
        self.on_server(&format!("{sql} '{}'", self.database)).await;
    }

    pub(super) async fn on_server(&self, sql: &str) {
        let mut conn = PgConnection::connect(&self.url_of("postgres")).await.expect("GPUAAS_TEST_POSTGRES answers");
        conn.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
        conn.close().await.unwrap();
    }
}

impl Place for PostgresPlace {
    async fn try_open(&self) -> Result<Arc<dyn LogStore>, StoreError> {
        Ok(Arc::new(PostgresLog::open(PostgresOptions::new(self.url())).await?))
    }

    async fn another(&self) -> Self {
        Self::new().await
    }

    async fn tamper(&self, sql: &str) {
        let mut conn = PgConnection::connect(&self.url()).await.unwrap();
        conn.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
        conn.close().await.unwrap();
    }

    fn bytes(hex: &str) -> String {
        format!("'\\x{hex}'")
    }

    async fn back_up(&self) -> Self {
        let copy = Self { server: self.server.clone(), database: format!("{}_backup", self.database) };
        copy.restore(self).await;
        copy
    }

    async fn restore(&self, backup: &Self) {
        let (database, backup) = (&self.database, &backup.database);
        self.disconnect_all().await;
        self.on_server(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")).await;
        self.on_server(&format!("CREATE DATABASE {database} TEMPLATE {backup}")).await;
    }
}
