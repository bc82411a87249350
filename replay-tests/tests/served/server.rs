//! A server in a process of its own, which writes all that it can say into a file.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The program that is the server.
const SERVER: &str = env!("CARGO_BIN_EXE_server");

/// A running server.
pub(crate) struct Server {
    child: Child,
    /// Where it listens for clients.
    pub(crate) api: String,
}

impl Server {
    /// Starts one on a folder: its data in `name`, what it says in `name.log`.
    pub(crate) fn start(folder: &Path, name: &str, database: &str) -> Self {
        let said = File::create(folder.join(format!("{name}.log"))).unwrap();
        let mut command = Command::new(SERVER);
        command.arg(folder.join(name)).arg(folder.join("keys")).arg(database).arg("first").env("RUST_LOG", "trace");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(said).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (api, _) = line.trim().split_once(' ').expect("a server says where it listens");
        Self { child, api: api.to_owned() }
    }

    /// Lets it end in good order.
    pub(crate) fn end(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().unwrap().success());
    }

    /// Ends it where it stands.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended by itself, unless the test fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
