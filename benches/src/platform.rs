//! A platform of its own for a bench: the program that packages have, in a process of its own.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

/// When a start counts as failed.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often readiness is asked for.
const PAUSE: Duration = Duration::from_millis(1);

/// A running platform, which is killed when this is dropped.
pub struct Running {
    process: Child,
    address: String,
}

impl Running {
    /// Starts `gpuaas up` with some more arguments; answers how long it took to be ready.
    pub fn start(program: &Path, data: &Path, arguments: &[&str]) -> Result<(Self, Duration)> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let began = Instant::now();
        let mut up = gpuaas(program, data);
        up.args(["up", "--listen", &address, "--gateway-listen", "127.0.0.1:0"]).args(arguments);
        let mut running = Self { process: up.stdout(Stdio::null()).spawn()?, address };
        while !is_ready(&running.address) {
            if let Some(status) = running.process.try_wait()? {
                bail!("gpuaas up ended: {status}");
            }
            ensure!(began.elapsed() < PATIENCE, "not ready after {PATIENCE:?}");
            sleep(PAUSE);
        }
        Ok((running, began.elapsed()))
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Memory that the process has in use, in bytes.
    pub fn resident(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("the process has no memory")?;
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().context("an odd line of /proc")?;
        Ok(kibibytes * 1_024)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already, and then there is nothing to kill.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// The program, to be run on a data directory.
#[must_use]
pub fn gpuaas(program: &Path, data: &Path) -> Command {
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
