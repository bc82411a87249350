//! A Docker engine: the one that runs, or one of our own.
//!
//! Ours listens on a socket of its own and keeps its images in the cache folder. Two
//! runs at once share it, since two engines would fight over one network bridge: every
//! user holds a shared lock on a file, and the engine stops after the last.

use std::ffi::OsString;
use std::fs::File;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::debian::Missing;
use super::guarded::{Guarded, Plan};
use super::{Service, http, place};
use crate::process;

/// What every Docker client reads.
const HOST: &str = "DOCKER_HOST";
const USUAL_SOCKET: &str = "/var/run/docker.sock";
/// Only root starts an engine, so this folder is root's; a socket's path has to be short.
const FOLDER: &str = "/run/gpuaas";
const OUR_SOCKET: &str = "/run/gpuaas/docker.sock";
const USERS: &str = "/run/gpuaas/docker.users";

/// An engine that is given or runs need not be installed here; the client is needed all the same.
pub(crate) fn missing() -> Option<Missing> {
    let there = std::env::var_os(HOST).is_some() || answers(Path::new(USUAL_SOCKET)) || answers(Path::new(OUR_SOCKET));
    let engine = there || process::find(&["dockerd"]).is_some();
    let client = process::find(&["docker"]).is_some();
    (!engine || !client).then_some(Missing {
        package: "docker.io",
        otherwise: "Docker is missing: install it and start its engine, or install its client and name an engine in DOCKER_HOST.",
    })
}

/// The given engine, the one that runs, or a new one.
pub(crate) fn service() -> Result<Service> {
    if let Ok(host) = std::env::var(HOST) {
        return given(&host);
    }
    if answers(Path::new(USUAL_SOCKET)) {
        return Ok(Service::found(format!("Docker found at {USUAL_SOCKET}"), environment(USUAL_SOCKET)));
    }
    if !process::is_root() {
        bail!(
            "no Docker engine answers at {USUAL_SOCKET}: start it (sudo systemctl start docker), join the group that may \
             use it (sudo usermod -aG docker $USER, then log in again), or name another in {HOST}"
        );
    }
    match shared()? {
        Some(service) => Ok(service),
        None => start("overlay2").or_else(|why| {
            eprintln!("service: {why:#}\nservice: Docker is tried again with the vfs storage driver");
            start("vfs")
        }),
    }
}

fn given(host: &str) -> Result<Service> {
    let answered = match (host.strip_prefix("unix://"), host.strip_prefix("tcp://")) {
        (Some(socket), _) => answers(Path::new(socket)),
        (_, Some(address)) => http::status(address, "/_ping") == Some(200),
        (None, None) => bail!("{HOST} is {host}; tests can use unix:// and tcp:// alone"),
    };
    if !answered {
        bail!("{HOST} is {host}, where no engine answers; start it, or unset {HOST} to have one found or started");
    }
    Ok(Service::found(format!("Docker as {HOST} names it"), vec![(HOST, host.into())]))
}

/// The engine that another run of ours started, kept from stopping while we use it.
fn shared() -> Result<Option<Service>> {
    std::fs::create_dir_all(FOLDER).with_context(|| format!("cannot make {FOLDER}"))?;
    let users =
        File::options().create(true).append(true).open(USERS).with_context(|| format!("cannot open {USERS}"))?;
    // Held before asking: an engine that answers under the lock is not about to be stopped.
    users.lock_shared()?;
    let found = Service::found(format!("Docker shared with another run at {OUR_SOCKET}"), environment(OUR_SOCKET));
    Ok(answers(Path::new(OUR_SOCKET)).then_some(Service { _in_use: Some(users), ..found }))
}

fn start(driver: &str) -> Result<Service> {
    let dockerd = process::find(&["dockerd"]).context("Docker was installed, yet there is no dockerd")?;
    let mut command: Vec<OsString> = vec![dockerd.into(), "--data-root".into(), place::cache()?.join("docker").into()];
    let rest = ["--exec-root=/run/gpuaas/docker", "--pidfile=/run/gpuaas/docker.pid"].map(OsString::from);
    command.extend(rest);
    command.extend([format!("--host=unix://{OUR_SOCKET}").into(), format!("--storage-driver={driver}").into()]);
    let plan = Plan { name: "docker", signal: "TERM", user: None, remove: None, users: Some(USERS.into()), command };
    let guarded = Guarded::start(plan)?.ready_when(Duration::from_secs(60), || answers(Path::new(OUR_SOCKET)))?;
    let origin = format!("Docker started at {OUR_SOCKET} with {driver}");
    Ok(Service::started(origin, environment(OUR_SOCKET), guarded))
}

fn environment(socket: &str) -> Vec<(&'static str, OsString)> {
    vec![(HOST, format!("unix://{socket}").into())]
}

fn answers(socket: &Path) -> bool {
    http::status_on_socket(socket, "/_ping") == Some(200)
}
