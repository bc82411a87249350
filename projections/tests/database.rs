//! A fresh read database for a test.

use std::sync::atomic::{AtomicU32, Ordering};

use gpuaas_projections::ReadStore;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use tempfile::TempDir;

/// A read database, empty at first.
pub(crate) enum Database {
    Sqlite(TempDir),
    Postgres { server: String, name: String },
}

impl Database {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(TempDir::new().unwrap())
    }

    /// A database of its own on the server that the environment names.
    pub(crate) async fn postgres() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = std::env::var("GPUAAS_TEST_POSTGRES").expect(
            "GPUAAS_TEST_POSTGRES must be the URL of a Postgres superuser; `cargo xtask test` starts a server and sets it",
        );
        let name = format!("read_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        // A panicked test of an earlier process with the same id may have left one.
        execute(&server, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        // A locale of its own, so that a text that is not compared bytewise is found.
        let locale = "ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en' LOCALE 'C'";
        execute(&server, format!("CREATE DATABASE {name} TEMPLATE template0 {locale}")).await;
        Self::Postgres { server, name }
    }

    /// Runs a test on it, and removes it if the test passed.
    pub(crate) async fn run(self, test: impl AsyncFnOnce(&Self)) {
        test(&self).await;
        match self {
            Self::Sqlite(directory) => directory.close().unwrap(),
            Self::Postgres { server, name } => execute(&server, format!("DROP DATABASE {name} WITH (FORCE)")).await,
        }
    }

    /// A handle to it, as another process has one.
    pub(crate) async fn open(&self) -> ReadStore {
        match self {
            Self::Sqlite(directory) => ReadStore::sqlite(directory.path()).await.unwrap(),
            Self::Postgres { .. } => ReadStore::postgres(&self.url(), 4).await.unwrap(),
        }
    }

    /// How many rows a table has.
    pub(crate) async fn count(&self, table: &str) -> i64 {
        let count = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        match self {
            Self::Sqlite(_) => {
                let mut connection = SqliteConnection::connect(&self.url()).await.unwrap();
                sqlx::query_scalar(count).fetch_one(&mut connection).await.unwrap()
            }
            Self::Postgres { .. } => {
                let mut connection = PgConnection::connect(&self.url()).await.unwrap();
                sqlx::query_scalar(count).fetch_one(&mut connection).await.unwrap()
            }
        }
    }

    /// Sends everybody away from the Postgres database, or lets them in again.
    pub(crate) async fn allow_connections(&self, allowed: bool) {
        let Self::Postgres { server, name } = self else { panic!("SQLite has no connections to cut") };
        execute(server, format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}")).await;
        if !allowed {
            let all = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
            execute(server, all).await;
        }
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(directory) => format!("sqlite:{}", directory.path().join("read.db").display()),
            Self::Postgres { server, name } => {
                let (before, _) = server.rsplit_once('/').expect("the URL names a database");
                format!("{before}/{name}")
            }
        }
    }
}

async fn execute(url: &str, sql: String) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
}
