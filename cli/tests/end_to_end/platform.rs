//! A `gpuaas up` of the test's own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

/// The binary under test.
pub(crate) const GPUAAS: &str = env!("CARGO_BIN_EXE_gpuaas");

/// Without this machine as a node.
const NO_NODE: [&str; 2] = ["--local-node", "false"];

/// The last line of what `gpuaas up` says once it serves.
const LAST_LINE: &str = "Ctrl-C stops it.";

/// A running platform. It is killed when the test is over.
pub(crate) struct Platform {
    child: Child,
    home: TempDir,
    /// Where it listens.
    pub(crate) address: String,
    /// What it said when it began to serve.
    pub(crate) greeting: String,
}

impl Platform {
    /// Starts on an empty directory, on a free port.
    pub(crate) fn start() -> Self {
        Self::start_with(&NO_NODE)
    }

    /// The same with other arguments, which a second start does not have.
    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let (child, greeting) = up(home.path(), "127.0.0.1:0", arguments);
        let address = std::fs::read_to_string(data(home.path()).join("address")).unwrap();
        let address = address.trim().strip_prefix("http://").unwrap().to_owned();
        Self { child, home, address, greeting }
    }

    /// Kills it as a power cut would, and starts it again on the same directory and address.
    pub(crate) fn kill_and_restart(mut self) -> Self {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.start_again()
    }

    /// Starts it again after its end, on the same directory and address.
    pub(crate) fn start_again(self) -> Self {
        self.start_again_with(&NO_NODE)
    }

    /// The same with other arguments.
    pub(crate) fn start_again_with(mut self, arguments: &[&str]) -> Self {
        (self.child, self.greeting) = up(self.home.path(), &self.address, arguments);
        self
    }

    /// Where nodes reach it.
    pub(crate) fn gateway(&self) -> &str {
        let line = self.greeting.lines().find_map(|line| line.trim().strip_prefix("gateway")).unwrap();
        line.split_whitespace().next().unwrap()
    }

    /// Tells it to end, and gives its exit status.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(told.success());
        let status = self.child.wait().unwrap();
        status.code()
    }

    /// A folder for what the test writes.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// A command of the binary, which finds this platform by its data directory.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = clean(GPUAAS, self.home());
        command.args(arguments);
        command
    }

    /// Runs a command of the binary.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        // It may have ended already, and then there is nothing to kill.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The platform's data directory in a home.
pub(crate) fn data(home: &Path) -> PathBuf {
    home.join("data")
}

/// A program with this home and without the settings of whoever runs the tests.
pub(crate) fn clean(program: &str, home: &Path) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GPUAAS_") || name.to_string_lossy().starts_with("XDG_") {
            command.env_remove(name);
        }
    }
    command.env("HOME", home).env("GPUAAS_DATA", data(home)).current_dir(home).stdin(Stdio::null());
    command
}

/// Starts `gpuaas up`, and waits until it serves.
fn up(home: &Path, listen: &str, arguments: &[&str]) -> (Child, String) {
    let mut command = clean(GPUAAS, home);
    command
        .args(["up", "--listen", listen, "--gateway-listen", "127.0.0.1:0"])
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut greeting = String::new();
    for line in lines.by_ref() {
        let line = line.unwrap();
        greeting.push_str(&line);
        greeting.push('\n');
        if line == LAST_LINE {
            return (child, greeting);
        }
    }
    child.wait().unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    panic!("gpuaas up ended before it served: {said}");
}
