//! How long the embedded platform takes from its start to a `/readyz` that says yes: on an
//! empty directory, and again on the same one after a kill.
//!
//! `startup PROGRAM`, with the path of the `gpuaas` binary. The slowest of all starts is
//! the figure; the limit is that of the project's own rules.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::json;

/// Directories that are tried.
const ROUNDS: usize = 10;
/// Changes between the first start and the kill.
const CHANGES: usize = 20;
/// Longest time to readiness.
const LIMIT: Duration = Duration::from_millis(500);
/// When a start counts as failed.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often readiness is asked for.
const PAUSE: Duration = Duration::from_millis(1);

fn main() -> Result<()> {
    let program = std::env::args().nth(1).context("usage: startup PROGRAM")?;
    let mut starts = Vec::new();
    for _ in 0..ROUNDS {
        starts.push(round(Path::new(&program))?);
    }
    let slowest = |of: fn(&Round) -> Duration| starts.iter().map(of).max().unwrap_or_default().as_secs_f64();
    let (empty, after_kill) = (slowest(|round| round.empty), slowest(|round| round.after_kill));
    let (figure, limit) = (1.0 / empty.max(after_kill), 1.0 / LIMIT.as_secs_f64());
    let line = json!({
        "figure": figure,
        "unit": "starts/s",
        "limit": limit,
        "ratio": figure / limit,
        "slowest_empty_ms": empty * 1_000.0,
        "slowest_after_kill_ms": after_kill * 1_000.0,
        "limit_ms": LIMIT.as_millis(),
        "starts": 2 * ROUNDS,
    });
    println!("{line}");
    Ok(())
}

/// Both starts on one directory.
struct Round {
    empty: Duration,
    after_kill: Duration,
}

fn round(program: &Path) -> Result<Round> {
    let directory = tempfile::tempdir()?;
    let (first, empty) = Running::start(program, directory.path())?;
    for change in 0..CHANGES {
        let mut create = gpuaas(program, directory.path());
        let status = create.args(["orgs", "create", &format!("org-{change}")]).stdout(Stdio::null()).status()?;
        ensure!(status.success(), "an organization could not be made");
    }
    // Dropping it kills it.
    drop(first);
    let (_second, after_kill) = Running::start(program, directory.path())?;
    Ok(Round { empty, after_kill })
}

/// A running platform.
struct Running(Child);

impl Running {
    fn start(program: &Path, data: &Path) -> Result<(Self, Duration)> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let began = Instant::now();
        let mut up = gpuaas(program, data);
        let mut running = Self(
            up.args(["up", "--listen", &address, "--gateway-listen", "127.0.0.1:0"]).stdout(Stdio::null()).spawn()?,
        );
        while !is_ready(&address) {
            if let Some(status) = running.0.try_wait()? {
                bail!("gpuaas up ended: {status}");
            }
            ensure!(began.elapsed() < PATIENCE, "not ready after {PATIENCE:?}");
            sleep(PAUSE);
        }
        Ok((running, began.elapsed()))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already, and then there is nothing to kill.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn gpuaas(program: &Path, data: &Path) -> Command {
    let mut command = Command::new(program);
    command.env("GPUAAS_DATA", data).stdin(Stdio::null());
    command
}

fn is_ready(address: &str) -> bool {
    let asked = TcpStream::connect(address).and_then(|mut stream| {
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map(|_| answer)
    });
    asked.is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}
