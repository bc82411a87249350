//! A Postgres database of a test's own, on the server that `GPUAAS_TEST_POSTGRES` names.

use std::path::Path;

use gpuaas_api::Config;
use gpuaas_api::server;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// An empty database, dropped by [`Self::drop_now`].
pub(crate) struct Database {
    superuser: String,
    name: String,
}

impl Database {
    pub(crate) async fn create() -> Self {
        let superuser = std::env::var("GPUAAS_TEST_POSTGRES").expect("GPUAAS_TEST_POSTGRES names a Postgres server");
        let name = format!("gpuaas_api_{:016x}", rand::random::<u64>());
        let mut connection = PgConnection::connect(&superuser).await.unwrap();
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        Self { superuser, name }
    }

    /// The configuration of a server on this database. All of them share one key store.
    pub(crate) fn configure(&self, keys: &Path) -> impl FnOnce(&mut Config) {
        let (rest, _) = self.superuser.rsplit_once('/').unwrap();
        let (url, keys) = (format!("{rest}/{}", self.name), keys.to_owned());
        move |config| {
            config.keys = Some(keys);
            config.database = server::Database::Postgres { log: url.clone(), read: url, connections: 8 };
        }
    }

    /// Cuts every connection and lets none in.
    pub(crate) async fn close(&self) {
        let Self { name, .. } = self;
        self.run(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
        self.run(format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")).await;
    }

    /// Stops the log that is in it, as the checkpointer does when it cannot sign.
    pub(crate) async fn stop_log(&self) {
        let (rest, _) = self.superuser.rsplit_once('/').unwrap();
        let mut connection = PgConnection::connect(&format!("{rest}/{}", self.name)).await.unwrap();
        connection.execute("UPDATE log_head SET stopped = 'an operator said so'").await.unwrap();
    }

    /// Lets connections in again.
    pub(crate) async fn open(&self) {
        self.run(format!("ALTER DATABASE {} ALLOW_CONNECTIONS true", self.name)).await;
    }

    async fn run(&self, sql: String) {
        let mut connection = PgConnection::connect(&self.superuser).await.unwrap();
        connection.execute(AssertSqlSafe(sql)).await.unwrap();
    }

    /// Drops it, whoever is still connected.
    pub(crate) async fn drop_now(self) {
        self.run(format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
    }
}
