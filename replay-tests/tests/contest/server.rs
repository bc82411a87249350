//! Two servers, each a process of its own, on one database and one key store.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// The program that is the server.
const SERVER: &str = env!("CARGO_BIN_EXE_server");

/// A database of the test's own, on the server that `GPUAAS_TEST_POSTGRES` names.
pub(crate) struct Database {
    server: String,
    name: String,
}

impl Database {
    pub(crate) async fn create() -> Self {
        let server = std::env::var("GPUAAS_TEST_POSTGRES").expect("GPUAAS_TEST_POSTGRES names a Postgres server");
        let database = Self { server, name: format!("gpuaas_contest_{:016x}", rand::random::<u64>()) };
        database.run(format!("CREATE DATABASE {}", database.name)).await;
        database
    }

    pub(crate) fn url(&self) -> String {
        let (rest, _) = self.server.rsplit_once('/').unwrap();
        format!("{rest}/{}", self.name)
    }

    /// Drops it, whoever is still connected.
    pub(crate) async fn drop_now(self) {
        self.run(format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
    }

    async fn run(&self, sql: String) {
        let mut connection = PgConnection::connect(&self.server).await.unwrap();
        connection.execute(AssertSqlSafe(sql)).await.unwrap();
    }
}

/// A running server.
pub(super) struct Server {
    child: Child,
    /// Where it listens for clients.
    pub(super) api: String,
    /// Where it listens for nodes.
    pub(super) gateway: String,
}

impl Server {
    /// Starts one, with a data directory of its own in a folder. It answers when this does.
    pub(super) fn start(folder: &Path, database: &Database, place: &str) -> Self {
        let mut command = Command::new(SERVER);
        command.arg(folder.join(place)).arg(folder.join("keys")).arg(database.url()).arg(place);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (api, gateway) = line.trim().split_once(' ').expect("a server says where it listens");
        Self { child, api: api.to_owned(), gateway: gateway.to_owned() }
    }

    /// Lets it end in good order.
    pub(super) fn end(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended by itself, unless the test fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
