//! `gpuaas server`: one of any number of servers on one Postgres.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use gpuaas_api::archive::Place;
use gpuaas_api::outgoing::Images;
use gpuaas_api::server::{Config, Database, Role};

use super::local_node::LocalNode;
use super::run::{Purpose, run};
use super::{custody, nodes};
use crate::config::{
    ARCHIVE, ByServer, CHECKPOINT_EVERY, ConfigError, DATABASE_URL, Flags, KEYS, LISTEN, ORIGIN, READ_CONNECTIONS,
    READ_DATABASE_URL, ROLES, Seconds, Settings,
};
use crate::output::{self, Failure, Format};

/// Arguments of `gpuaas server`.
#[derive(Debug, Args)]
pub(crate) struct Server {
    #[command(flatten)]
    flags: Flags<ByServer>,
}

impl Server {
    /// Serves until it is told to end.
    pub(crate) fn run(&self) -> ExitCode {
        let served = self.settings().and_then(|(settings, config)| run(&settings, config, &Production));
        output::ended(Format::default(), served)
    }

    fn settings(&self) -> Result<(Settings, Config), Failure> {
        let settings = Settings::of_process(&self.flags)?;
        let log: String = settings.required(&DATABASE_URL)?;
        let read = settings.text(&READ_DATABASE_URL).map_or_else(|| log.clone(), str::to_owned);
        let config = Config {
            data: super::data(&settings)?,
            keys: settings.text(&KEYS).map(Into::into),
            listen: settings.required(&LISTEN)?,
            gateway: nodes::gateway(&settings)?,
            database: Database::Postgres { log, read, connections: settings.required(&READ_CONNECTIONS)? },
            origin: settings.required(&ORIGIN)?,
            hosts: super::hosts(&settings),
            archive: archive(&settings)?,
            roles: roles(&settings)?,
            // What one engine has by itself, no other node could run.
            images: Images { registries: nodes::registries(&settings)?, local_images: false },
            webhooks: super::webhooks(&settings)?,
            checkpoint_every: settings.required::<Seconds>(&CHECKPOINT_EVERY)?.into(),
            signing_keys: custody::signing_keys(&settings)?,
            witnesses: custody::witnesses(&settings)?,
            mirror: super::mirror::mirror(&settings)?,
            publication: super::publication(&settings)?,
            limits: super::limits(&settings)?,
        };
        Ok((settings, config))
    }
}

/// A server that writes the archive is told where it is.
fn archive(settings: &Settings) -> Result<Option<Place>, ConfigError> {
    if roles(settings)?.contains(&Role::Archive) {
        return settings.required(&ARCHIVE).map(Some);
    }
    settings.optional(&ARCHIVE)
}

/// The words for all roles.
const KNOWN: &str = "projections, policies, relay, archive and checkpointer";

fn roles(settings: &Settings) -> Result<BTreeSet<Role>, ConfigError> {
    let role = |word: &str| match word {
        "projections" => Ok(Role::Projections),
        "checkpointer" => Ok(Role::Checkpointer),
        "policies" => Ok(Role::Policies),
        "relay" => Ok(Role::Relay),
        "archive" => Ok(Role::Archive),
        _ => Err(settings.refuse(&ROLES, format!("there is no role {word}; there are {KNOWN}"))),
    };
    super::words(settings.text(&ROLES)).map(role).collect()
}

/// For a supervisor, which reads what is logged.
struct Production;

impl Purpose for Production {
    const USUAL_LOG: &'static str = "info";

    fn local_node(&self) -> Option<LocalNode> {
        None
    }

    fn greet(&self, _: &str, _: &str, _: &Path, _: &Path) -> String {
        String::new()
    }
}
