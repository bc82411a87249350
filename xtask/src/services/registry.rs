//! An OCI registry on loopback, empty at the start, which Docker trusts without TLS.

use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::debian::Missing;
use super::guarded::{Guarded, Plan};
use super::{Service, http, place};
use crate::process;

/// `host:port` of a registry that accepts pushes without a login.
const ADDRESS: &str = "GPUAAS_TEST_REGISTRY";
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
        Err(_) => start(),
    }
}

fn given(address: &str) -> Result<Service> {
    if !answers(address) {
        bail!("{ADDRESS} is {address}, where no registry answers; start it, or unset {ADDRESS} to have one started");
    }
    Ok(Service::found(format!("registry as {ADDRESS} names it"), vec![(ADDRESS, address.into())]))
}

fn start() -> Result<Service> {
    let program = process::find(&PROGRAMS).context("a registry was installed, yet it is not on the path")?;
    let address = format!("127.0.0.1:{}", place::free_port()?);
    let folder = place::fresh("registry")?;
    let config = folder.join("config.yml");
    std::fs::write(&config, configuration(&address, &folder.join("data").to_string_lossy()))?;
    let command = vec![program.into(), "serve".into(), config.into()];
    let plan = Plan { name: "registry", signal: "TERM", user: None, remove: Some(folder), users: None, command };
    let guarded = Guarded::start(plan)?.ready_when(Duration::from_secs(30), || answers(&address))?;
    Ok(Service::started(format!("registry started on {address}"), vec![(ADDRESS, address.into())], guarded))
}

/// Deleting is on, so that a test can take an image away from under a launch.
fn configuration(address: &str, data: &str) -> String {
    format!(
        "version: 0.1\n\
         log:\n  level: warn\n\
         storage:\n  filesystem:\n    rootdirectory: {data}\n  delete:\n    enabled: true\n\
         http:\n  addr: {address}\n"
    )
}

fn answers(address: &str) -> bool {
    http::status(address, "/v2/") == Some(200)
}
