//! `gpuaas up`: the whole platform in one process, on this machine alone.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use gpuaas_api::outgoing::Images;
use gpuaas_api::server::Config;

use super::nodes;
use super::run::{Purpose, run};
use crate::config::{ByUp, CHECKPOINT_EVERY, Flags, LISTEN, LOCAL_IMAGES, ORIGIN, Seconds, Settings};
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
        let served = self.settings().and_then(|(settings, config)| run(&settings, config, &Embedded));
        output::ended(Format::default(), served)
    }

    fn settings(&self) -> Result<(Settings, Config), Failure> {
        let settings = Settings::of_process(&self.flags)?;
        let listen: SocketAddr = settings.required(&LISTEN)?;
        if !listen.ip().is_loopback() {
            let reason = "`gpuaas up` is for this machine alone; for others there is `gpuaas server`";
            return Err(settings.refuse(&LISTEN, reason).into());
        }
        let config = Config {
            gateway: nodes::gateway(&settings)?,
            images: Images {
                registries: nodes::registries(&settings)?,
                local_images: settings.required(&LOCAL_IMAGES)?,
            },
            origin: settings.required(&ORIGIN)?,
            hosts: super::hosts(&settings),
            checkpoint_every: settings.required::<Seconds>(&CHECKPOINT_EVERY)?.into(),
            limits: super::limits(&settings)?,
            ..Config::embedded(super::data(&settings)?, listen)
        };
        Ok((settings, config))
    }
}

/// For a person at a terminal.
struct Embedded;

impl Purpose for Embedded {
    const USUAL_LOG: &'static str = "warn";

    fn greet(&self, address: &str, data: &Path, token: &Path) -> String {
        let program = std::env::args().next().unwrap_or_else(|| "gpuaas".to_owned());
        // The commands find this server by its data directory.
        let at = if is_usual(data) { String::new() } else { format!(" --data {}", data.display()) };
        format!(
            "\
GPUaaS is running.

  address      {address}
  data         {data}
  admin token  {token}

In another terminal:

  {program} orgs create acme{at}
  {program} projects create acme/vision{at}
  {program} events follow acme --after 0{at}

Ctrl-C stops it.
",
            data = data.display(),
            token = token.display(),
        )
    }
}

/// Whether commands find this data directory without being told.
fn is_usual(data: &Path) -> bool {
    crate::config::usual_data().is_ok_and(|usual| usual.as_deref() == Some(data))
}
