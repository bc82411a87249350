//! Where tests keep logs and archives.

use std::path::PathBuf;
use std::sync::Arc;

use gpuaas_log::store::{LogStore, PostgresLog, PostgresOptions, SqliteLog, SqliteOptions};
use gpuaas_relay::archive::{Objects, Place};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};
use tempfile::TempDir;

/// A place for one log.
pub(crate) enum LogPlace {
    Sqlite(TempDir),
    Postgres { server: String, database: String },
}

impl LogPlace {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    /// A database of its own.
    pub(crate) async fn postgres() -> Self {
        let server = std::env::var("GPUAAS_TEST_POSTGRES")
            .expect("GPUAAS_TEST_POSTGRES is not set: `cargo xtask test` starts a Postgres, or name one");
        let database = format!("archive_test_{}", random());
        on_server(&server, &format!("CREATE DATABASE {database}")).await;
        Self::Postgres { server, database }
    }

    pub(crate) async fn open(&self) -> Arc<dyn LogStore> {
        match self {
            Self::Sqlite(directory) => Arc::new(SqliteLog::open(SqliteOptions::new(directory.path())).await.unwrap()),
            Self::Postgres { server, database } => {
                let url = url(server, database);
                Arc::new(PostgresLog::open(PostgresOptions::new(url)).await.unwrap())
            }
        }
    }

    pub(crate) async fn remove(self) {
        if let Self::Postgres { server, database } = self {
            on_server(&server, &format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")).await;
        }
    }
}

fn url(server: &str, database: &str) -> String {
    let server: PgConnectOptions = server.parse().expect("GPUAAS_TEST_POSTGRES is a URL");
    server.database(database).to_url_lossy().into()
}

async fn on_server(server: &str, sql: &str) {
    let mut conn = PgConnection::connect(&url(server, "postgres")).await.expect("GPUAAS_TEST_POSTGRES answers");
    conn.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
    conn.close().await.unwrap();
}

/// An archive in a folder.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn objects(&self) -> Objects {
        Place::Folder(self.0.path().to_owned()).to_write().unwrap()
    }

    /// The files in one of its folders, in order.
    pub(crate) fn files(&self, folder: &str) -> Vec<PathBuf> {
        let Ok(found) = std::fs::read_dir(self.0.path().join(folder)) else { return Vec::new() };
        let mut files: Vec<PathBuf> = found.map(|file| file.unwrap().path()).collect();
        files.sort();
        files
    }

    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        self.files(folder).iter().map(|file| file.file_name().unwrap().to_str().unwrap().to_owned()).collect()
    }

    /// All bytes that lie anywhere in it.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let files = ["segments", "bodies", "checkpoints"].into_iter().flat_map(|folder| self.files(folder));
        files.flat_map(|file| std::fs::read(file).unwrap()).collect()
    }
}

/// An archive of its own behind the S3 API.
pub(crate) fn s3() -> Objects {
    static PROVIDER: std::sync::Once = std::sync::Once::new();
    // Fails where another test of this process was quicker.
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    let bucket = std::env::var("GPUAAS_TEST_S3")
        .expect("GPUAAS_TEST_S3 is not set: `cargo xtask test` starts an S3 API, or name a bucket as s3://BUCKET");
    let place: Place = format!("{bucket}/archive-test-{}", random()).parse().unwrap();
    place.to_write().unwrap()
}

fn random() -> String {
    format!("{:016x}", rand::random::<u64>())
}
