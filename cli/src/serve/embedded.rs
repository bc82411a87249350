//! `gpuaas up`: the whole platform in one process, on this machine alone.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use gpuaas_api::outgoing::Images;
use gpuaas_api::server::{Config, Role};

use super::local_node::{self, LocalNode};
use super::run::{Purpose, run};
use super::{custody, nodes};
use crate::config::{
    ARCHIVE, ByUp, CHECKPOINT_EVERY, ConfigError, Flags, LISTEN, LOCAL_IMAGES, LOCAL_NODE, LOG, ORIGIN, SLOTS, Seconds,
    Settings,
};
use crate::output::{self, Failure, Format};

/// Arguments of `gpuaas up`.
#[derive(Debug, Args)]
pub(crate) struct Up {
    #[command(flatten)]
    flags: Flags<ByUp>,
}

impl Up {
    /// Serves until it is told to end.
    pub(crate) fn run(&self) -> ExitCode {
        output::ended(Format::default(), self.served())
    }

    fn served(&self) -> Result<(), Failure> {
        let (settings, config) = self.settings()?;
        let local_node = local_node(&settings)?;
        run(&settings, config, &Embedded { local_node })
    }

    fn settings(&self) -> Result<(Settings, Config), Failure> {
        let settings = Settings::of_process(&self.flags)?;
        let listen: SocketAddr = settings.required(&LISTEN)?;
        if !listen.ip().is_loopback() {
            let reason = "`gpuaas up` is for this machine alone; for others there is `gpuaas server`";
            return Err(settings.refuse(&LISTEN, reason).into());
        }
        let mut config = Config {
            archive: settings.optional(&ARCHIVE)?,
            gateway: nodes::gateway(&settings)?,
            images: Images {
                registries: nodes::registries(&settings)?,
                local_images: settings.required(&LOCAL_IMAGES)?,
            },
            webhooks: super::webhooks(&settings)?,
            origin: settings.required(&ORIGIN)?,
            hosts: super::hosts(&settings),
            checkpoint_every: settings.required::<Seconds>(&CHECKPOINT_EVERY)?.into(),
            signing_keys: custody::signing_keys(&settings)?,
            witnesses: custody::witnesses(&settings)?,
            mirror: super::mirror::mirror(&settings)?,
            publication: super::publication(&settings)?,
            limits: super::limits(&settings)?,
            ..Config::embedded(super::data(&settings)?, listen)
        };
        if config.archive.is_some() {
            config.roles.insert(Role::Archive);
        }
        Ok((settings, config))
    }
}

/// This machine as a node, unless it is not to be one.
fn local_node(settings: &Settings) -> Result<Option<LocalNode>, ConfigError> {
    let slots = settings.optional(&SLOTS)?;
    if slots == Some(0) {
        return Err(settings.refuse(&SLOTS, "expected at least 1"));
    }
    let log = settings.text(&LOG).unwrap_or(Embedded::USUAL_LOG).to_owned();
    let node = LocalNode { slots, local_images: settings.required(&LOCAL_IMAGES)?, log };
    Ok(settings.required::<bool>(&LOCAL_NODE)?.then_some(node))
}

/// For a person at a terminal.
struct Embedded {
    local_node: Option<LocalNode>,
}

impl Purpose for Embedded {
    const USUAL_LOG: &'static str = "warn";

    fn local_node(&self) -> Option<LocalNode> {
        self.local_node.clone()
    }

    fn greet(&self, address: &str, gateway: &str, data: &Path, token: &Path) -> String {
        let program = std::env::args().next().unwrap_or_else(|| "gpuaas".to_owned());
        // The commands find this server by its data directory.
        let at = if is_usual(data) { String::new() } else { format!(" --data {}", data.display()) };
        format!(
            "\
GPUaaS is running.

  address      {address}
  data         {data}
  admin token  {token}
  gateway      {gateway} for nodes
  node         {node}

In another terminal:

  {program} orgs create acme{at}
  {program} projects create acme/vision{at}
  {program} events follow acme --after 0{at}

Ctrl-C stops it.
",
            data = data.display(),
            token = token.display(),
            node = if self.local_node.is_some() { local_node::NAME } else { "none on this machine" },
        )
    }
}

/// Whether commands find this data directory without being told.
fn is_usual(data: &Path) -> bool {
    crate::config::usual_data().is_ok_and(|usual| usual.as_deref() == Some(data))
}
