//! `gpuaas server`: several on one Postgres.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::platform::{GPUAAS, clean};

/// Longest wait for what takes a moment.
const PATIENCE: Duration = Duration::from_secs(30);

/// A database of the test's own.
pub(super) struct Database {
    server: String,
    name: String,
}

impl Database {
    pub(super) fn make(test: &str) -> Self {
        let server = std::env::var("GPUAAS_TEST_POSTGRES").expect("set by `cargo xtask test`");
        let database = Self { server, name: format!("cli_{test}_{}", std::process::id()) };
        database.run(&format!("create database {}", database.name));
        database
    }

    pub(super) fn url(&self) -> String {
        let (server, _) = self.server.rsplit_once('/').unwrap();
        format!("{server}/{}", self.name)
    }

    fn run(&self, statement: &str) {
        let programs = std::env::var("GPUAAS_TEST_POSTGRES_BIN").expect("set by `cargo xtask test`");
        let mut psql = Command::new(Path::new(&programs).join("psql"));
        let output = psql.args([&self.server, "--no-psqlrc", "--quiet", "--command", statement]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.run(&format!("drop database {} with (force)", self.name));
    }
}

/// A running server.
pub(super) struct Server {
    child: Child,
    pub(super) data: PathBuf,
}

impl Server {
    pub(super) fn start(home: &Path, name: &str, database: &Database, roles: &str) -> Self {
        Self::start_with(home, name, database, roles, &[])
    }

    /// The same with further arguments.
    pub(super) fn start_with(home: &Path, name: &str, database: &Database, roles: &str, more: &[&str]) -> Self {
        let data = home.join(name);
        let mut command = clean(GPUAAS, home);
        command.args([
            "server",
            "--listen",
            "127.0.0.1:0",
            "--gateway-listen",
            "127.0.0.1:0",
            "--keys",
            "keys",
            "--roles",
            roles,
            "--data",
            name,
        ]);
        command.args(more);
        let child = command.env("GPUAAS_DATABASE_URL", database.url()).stderr(Stdio::null()).spawn().unwrap();
        let server = Self { child, data };
        wait_until(|| server.data.join("address").exists());
        server
    }

    fn address(&self) -> String {
        std::fs::read_to_string(self.data.join("address")).unwrap().trim().to_owned()
    }

    pub(super) fn end(mut self) -> Option<i32> {
        assert!(Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

pub(super) fn wait_until(mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub(super) fn gpuaas(home: &TempDir, arguments: &[&str]) -> Output {
    clean(GPUAAS, home.path()).args(arguments).output().unwrap()
}

#[test]
fn two_servers_on_one_database_are_one_platform() {
    let (home, database) = (tempfile::tempdir().unwrap(), Database::make("two"));
    let one = Server::start(home.path(), "one", &database, "projections,checkpointer");
    let two = Server::start(home.path(), "two", &database, "projections");
    assert!(!two.data.join("admin.token").exists(), "the log's first server alone is told the operator's token");
    let made = gpuaas(&home, &["orgs", "create", "acme", "--data", "one"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let address = two.address();
    let shown = || gpuaas(&home, &["orgs", "show", "acme", "--server", &address, "--token-file", "one/admin.token"]);
    wait_until(|| shown().status.success());
    assert_eq!(shown().stdout, made.stdout);
    assert_eq!((one.end(), two.end()), (Some(0), Some(0)));
}

#[test]
fn a_server_without_its_database_says_so() {
    let home = tempfile::tempdir().unwrap();
    let unset = gpuaas(&home, &["server", "--listen", "127.0.0.1:0"]);
    assert_eq!(unset.status.code(), Some(2));
    let said = String::from_utf8_lossy(&unset.stderr);
    assert_eq!(said, "error: database-url is not set; give --database-url, or set GPUAAS_DATABASE_URL\n");
    let url = "postgres://gpuaas:hunter2@127.0.0.1:1/gpuaas";
    let gone = gpuaas(
        &home,
        &[
            "server",
            "--listen",
            "127.0.0.1:0",
            "--gateway-listen",
            "127.0.0.1:0",
            "--log",
            "off",
            "--database-url",
            url,
        ],
    );
    let said = String::from_utf8_lossy(&gone.stderr);
    assert_eq!((gone.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.starts_with("error: ") && !said.contains("hunter2"), "{said}");
}

#[test]
fn an_unknown_role_is_refused_with_those_there_are() {
    let home = tempfile::tempdir().unwrap();
    let database = ["--database-url", "postgres://127.0.0.1:1/gpuaas"];
    let output = gpuaas(&home, &[&["server", "--roles", "king"], &database[..]].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said.contains("there is no role king; there are projections, policies, relay, archive and checkpointer"),
        "{said}"
    );
}
