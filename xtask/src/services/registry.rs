//! An OCI registry on loopback, empty at the start, which Docker trusts without TLS.

use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::debian::Missing;
use super::guarded::{Guarded, Plan};
use super::{Service, http, place};
use crate::process;

/// `host:port` of a registry that accepts pushes without a login.
const ADDRESS: &str = "GPUAAS_TEST_REGISTRY";
/// `name:secret@host:port` of a registry that accepts nobody else.
const PRIVATE: &str = "GPUAAS_TEST_PRIVATE_REGISTRY";
/// Who is known to a private registry that is started here, and as its file of users has him, by bcrypt.
const LOGIN: &str = "robot:s3cret-of-the-robot";
const USERS: &str = "robot:$2b$05$abcdefghijklmnopqrstuueMK1O/oe6maWBy0SODKvFEEhVddOiNu\n";
/// Debian's name, and that of the upstream release.
const PROGRAMS: [&str; 2] = ["docker-registry", "registry"];

/// Nothing is missing where a registry is given.
pub(crate) fn missing() -> Option<Missing> {
    let there = std::env::var_os(ADDRESS).is_some() || process::find(&PROGRAMS).is_some();
    (!there).then_some(Missing {
        package: "docker-registry",
        otherwise: "An OCI registry is missing: install the `registry` program of CNCF Distribution, or name one that \
                    runs as host:port in GPUAAS_TEST_REGISTRY.",
    })
}

/// The given registry, or a new one.
pub(crate) fn service() -> Result<Service> {
    match std::env::var(ADDRESS) {
        Ok(address) => given(&address),
        Err(_) => start("registry", None),
    }
}

/// The given registry that takes a login, or a new one.
pub(crate) fn private_service() -> Result<Service> {
    let private = |service: Service, place: String| Service { environment: vec![(PRIVATE, place.into())], ..service };
    if let Ok(place) = std::env::var(PRIVATE) {
        let address = place.rsplit('@').next().unwrap_or_default();
        if http::status(address, "/v2/") != Some(401) {
            bail!(
                "{PRIVATE} is for name:secret@host:port of a registry that takes a login; start it, or unset {PRIVATE}"
            );
        }
        return Ok(private(Service::found(format!("registry as {PRIVATE} names it"), Vec::new()), place));
    }
    let service = start("private-registry", Some(USERS))?;
    let address = service.environment.iter().map(|(_, address)| address.to_string_lossy()).collect::<String>();
    Ok(private(service, format!("{LOGIN}@{address}")))
}

fn given(address: &str) -> Result<Service> {
    if !answers(address) {
        bail!("{ADDRESS} is {address}, where no registry answers; start it, or unset {ADDRESS} to have one started");
    }
    Ok(Service::found(format!("registry as {ADDRESS} names it"), vec![(ADDRESS, address.into())]))
}

fn start(name: &'static str, users: Option<&str>) -> Result<Service> {
    let program = process::find(&PROGRAMS).context("a registry was installed, yet it is not on the path")?;
    let address = format!("127.0.0.1:{}", place::free_port()?);
    let folder = place::fresh(name)?;
    let config = folder.join("config.yml");
    let mut login = String::new();
    if let Some(users) = users {
        let file = folder.join("users");
        std::fs::write(&file, users)?;
        login = format!("auth:\n  htpasswd:\n    realm: tests\n    path: {}\n", file.display());
    }
    std::fs::write(&config, configuration(&address, &folder.join("data").to_string_lossy(), &login))?;
    let command = vec![program.into(), "serve".into(), config.into()];
    let plan = Plan { name, signal: "TERM", user: None, remove: Some(folder), users: None, command };
    let guarded = Guarded::start(plan)?.ready_when(Duration::from_secs(30), || answers(&address))?;
    Ok(Service::started(format!("{name} started on {address}"), vec![(ADDRESS, address.into())], guarded))
}

/// Deleting is on, so that a test can take an image away from under a launch.
fn configuration(address: &str, data: &str, login: &str) -> String {
    format!(
        "version: 0.1\n\
         log:\n  level: warn\n\
         storage:\n  filesystem:\n    rootdirectory: {data}\n  delete:\n    enabled: true\n\
         {login}http:\n  addr: {address}\n"
    )
}

fn answers(address: &str) -> bool {
    matches!(http::status(address, "/v2/"), Some(200 | 401))
}
