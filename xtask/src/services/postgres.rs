//! Postgres: a cluster of our own with its default durability, on a free loopback port.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::debian::Missing;
use super::guarded::{Guarded, Plan};
use super::{Service, place};
use crate::process;

/// A superuser's URL. Tests make and drop databases of their own through it.
const URL: &str = "GPUAAS_TEST_POSTGRES";
/// The folder of `initdb` and `postgres`, for tests that crash a private cluster.
const PROGRAMS: &str = "GPUAAS_TEST_POSTGRES_BIN";

/// Even a given server does not make the programs needless: crash tests start their own.
pub(crate) fn missing() -> Option<Missing> {
    programs().is_none().then_some(Missing {
        package: "postgresql",
        otherwise: "PostgreSQL 15 or later is missing: install it, or name its folder of programs (the one with \
                    initdb) in GPUAAS_TEST_POSTGRES_BIN.",
    })
}

/// The given server, or a new cluster.
pub(crate) fn service() -> Result<Service> {
    let programs = programs().context("PostgreSQL was installed, yet there is no initdb")?;
    match std::env::var(URL) {
        Ok(url) => given(&programs, &url),
        Err(_) => start(&programs),
    }
}

fn given(programs: &Path, url: &str) -> Result<Service> {
    if !accepts(programs, url) {
        bail!("{URL} names a server that does not accept connections; start it, or unset {URL} to have one started");
    }
    Ok(Service::found(format!("Postgres as {URL} names it"), environment(programs, url)))
}

fn start(programs: &Path) -> Result<Service> {
    let port = place::free_port()?;
    let folder = place::fresh("postgres")?;
    let data = folder.join("data");
    let user = server_user()?;
    if let Some((user, group)) = user {
        std::os::unix::fs::chown(&folder, Some(user), Some(group))?;
    }
    create_cluster(programs, &data, user)?;
    let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
    let settings = [
        format!("port={port}"),
        "listen_addresses=127.0.0.1".to_owned(),
        "unix_socket_directories=".to_owned(),
        "max_connections=200".to_owned(),
    ];
    let mut command: Vec<OsString> = vec![programs.join("postgres").into(), "-D".into(), data.into()];
    command.extend(settings.into_iter().flat_map(|setting| ["-c".into(), setting.into()]));
    // Postgres takes INT for a fast shutdown: TERM would wait for every client to leave.
    let plan = Plan { name: "postgres", signal: "INT", user, remove: Some(folder), users: None, command };
    let guarded = Guarded::start(plan)?.ready_when(Duration::from_secs(60), || accepts(programs, &url))?;
    Ok(Service::started(format!("Postgres started on 127.0.0.1:{port}"), environment(programs, &url), guarded))
}

fn environment(programs: &Path, url: &str) -> Vec<(&'static str, OsString)> {
    vec![(URL, url.into()), (PROGRAMS, programs.into())]
}

fn accepts(programs: &Path, url: &str) -> bool {
    process::output(Command::new(programs.join("pg_isready")).args(["--quiet", "--dbname", url])).is_ok()
}

/// `initdb` as the user whom the server will run as; the superuser is called `postgres` and is trusted on loopback.
fn create_cluster(programs: &Path, data: &Path, user: Option<(u32, u32)>) -> Result<()> {
    let mut command = Command::new(programs.join("initdb"));
    command.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]);
    command.arg("--pgdata").arg(data).current_dir("/");
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
    process::output(&mut command).map(drop)
}

/// Postgres refuses to run as root, so root runs it as the user that its package made.
fn server_user() -> Result<Option<(u32, u32)>> {
    if !process::is_root() {
        return Ok(None);
    }
    let id = |kind: &str| -> Result<u32> {
        let id = process::output(Command::new("id").args([kind, "postgres"]))
            .context("root cannot run Postgres, and there is no user postgres to run it as: add one with useradd")?;
        Ok(id.trim().parse()?)
    };
    Ok(Some((id("-u")?, id("-g")?)))
}

/// The folder of the server's programs: given, Debian's newest, or that of the `initdb` on the path.
fn programs() -> Option<PathBuf> {
    let given = std::env::var_os(PROGRAMS).map(PathBuf::from);
    given.or_else(debian_programs).or_else(programs_on_path).filter(|folder| folder.join("initdb").is_file())
}

fn debian_programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let with_server = versions.map(|version| version.path().join("bin")).filter(|bin| bin.join("initdb").is_file());
    with_server.max_by_key(|bin| {
        let version = bin.parent().and_then(Path::file_name).and_then(|version| version.to_str());
        version.and_then(|version| version.parse::<u32>().ok())
    })
}

fn programs_on_path() -> Option<PathBuf> {
    let initdb = process::find(&["initdb"])?.canonicalize().ok()?;
    initdb.parent().map(Path::to_path_buf)
}
