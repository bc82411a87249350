//! The arguments of an agent, as the slim binary and `gpuaas agent` take them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gpuaas_domain::node_protocol::token::{EnrollmentToken, TokenError};

use crate::config::{Config, Engine, InventorySource};
use crate::simulate::Simulation;

/// How an agent is started.
pub const USAGE: &str = "\
usage: gpuaas-node-agent --server https://HOST:PORT --folder DIR [OPTIONS]

  --server URL           the platform's node gateway
  --folder DIR           the agent's own folder: key, certificate, journal, logs
  --token-file FILE      file with the enrollment token (or GPUAAS_ENROLLMENT_TOKEN); needed once
  --docker HOST          unix:///PATH or tcp://HOST:PORT (default: DOCKER_HOST, then the usual socket)
  --slots N              divide this machine into N slots (default: one for each GPU)
  --inventory FILE       take the inventory from a file; the node is simulated
  --allow-local-images   let images run that no registry vouches for, by config digest
  --simulate N           run N simulated agents, with a token a line in the token file
  --start-takes MS       how long a simulated workload takes to become ready (default: 100)
";

/// What is to be run.
#[derive(Debug, Clone)]
pub enum Arguments {
    /// One agent.
    Agent(Box<Config>),
    /// Many that run nothing.
    Simulation(Simulation),
    /// Nothing: the usage is asked for.
    Help,
}

/// Why arguments cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ArgumentsError {
    /// There is no such option.
    #[error("unknown option {0:?}; --help lists them all")]
    Unknown(OsString),
    /// An option is not complete, or its value cannot be read.
    #[error("{0} needs a value of the right kind; --help says which")]
    Value(&'static str),
    /// Something is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// The token file cannot be read.
    #[error("the token file {path}: {reason}")]
    TokenFile {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The token is none.
    #[error(transparent)]
    Token(#[from] TokenError),
}

#[derive(Default)]
struct Given {
    server: Option<String>,
    folder: Option<PathBuf>,
    token_file: Option<PathBuf>,
    docker: Option<String>,
    slots: Option<u16>,
    inventory: Option<PathBuf>,
    allow_local_images: bool,
    simulate: Option<usize>,
    start_takes: Option<u64>,
    help: bool,
}

impl Arguments {
    /// Reads arguments; what they leave open is asked of `environment`.
    pub fn read(
        arguments: impl IntoIterator<Item = OsString>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ArgumentsError> {
        let given = Given::read(arguments.into_iter())?;
        if given.help {
            return Ok(Self::Help);
        }
        let server = given.server.ok_or(ArgumentsError::Missing("--server"))?;
        let folder = given.folder.ok_or(ArgumentsError::Missing("--folder"))?;
        let tokens = tokens(given.token_file.as_deref(), &environment)?;
        if let Some(count) = given.simulate {
            let enough = tokens.len() >= count && count > 0;
            let tokens =
                if enough { tokens[..count].to_vec() } else { return Err(ArgumentsError::Value("--simulate")) };
            let start_takes = Duration::from_millis(given.start_takes.unwrap_or(100));
            let slots = given.slots.unwrap_or(8);
            return Ok(Self::Simulation(Simulation { server, folder, tokens, slots, start_takes }));
        }
        let inventory = match given.inventory {
            Some(file) => InventorySource::File(file),
            None => InventorySource::Machine { slots: given.slots },
        };
        let host = given.docker.or_else(|| environment("DOCKER_HOST"));
        Ok(Self::Agent(Box::new(Config {
            server,
            folder,
            token: tokens.into_iter().next(),
            engine: Engine::Docker { host },
            inventory,
            allow_local_images: given.allow_local_images,
        })))
    }
}

impl Given {
    fn read(mut arguments: impl Iterator<Item = OsString>) -> Result<Self, ArgumentsError> {
        let mut given = Self::default();
        while let Some(argument) = arguments.next() {
            match argument.to_str() {
                Some("--server") => given.server = Some(text(&mut arguments, "--server")?),
                Some("--folder") => given.folder = Some(path(&mut arguments, "--folder")?),
                Some("--token-file") => given.token_file = Some(path(&mut arguments, "--token-file")?),
                Some("--docker") => given.docker = Some(text(&mut arguments, "--docker")?),
                Some("--slots") => given.slots = Some(number(&mut arguments, "--slots")?),
                Some("--inventory") => given.inventory = Some(path(&mut arguments, "--inventory")?),
                Some("--allow-local-images") => given.allow_local_images = true,
                Some("--simulate") => given.simulate = Some(number(&mut arguments, "--simulate")?),
                Some("--start-takes") => given.start_takes = Some(number(&mut arguments, "--start-takes")?),
                Some("--help" | "-h") => given.help = true,
                Some(_) | None => return Err(ArgumentsError::Unknown(argument)),
            }
        }
        Ok(given)
    }
}

fn path(arguments: &mut impl Iterator<Item = OsString>, option: &'static str) -> Result<PathBuf, ArgumentsError> {
    arguments.next().map(PathBuf::from).ok_or(ArgumentsError::Value(option))
}

fn text(arguments: &mut impl Iterator<Item = OsString>, option: &'static str) -> Result<String, ArgumentsError> {
    arguments.next().and_then(|value| value.into_string().ok()).ok_or(ArgumentsError::Value(option))
}

fn number<N: std::str::FromStr>(
    arguments: &mut impl Iterator<Item = OsString>,
    option: &'static str,
) -> Result<N, ArgumentsError> {
    text(arguments, option)?.parse().map_err(|_| ArgumentsError::Value(option))
}

/// The tokens, one a line. They come in a file or the environment: arguments are seen by everybody on the machine.
fn tokens(
    file: Option<&Path>,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Vec<EnrollmentToken>, ArgumentsError> {
    let text = match file {
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| ArgumentsError::TokenFile { path: path.to_owned(), reason: error.to_string() })?,
        None => environment("GPUAAS_ENROLLMENT_TOKEN").unwrap_or_default(),
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| line.parse().map_err(ArgumentsError::from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str], environment: &[(&str, &str)]) -> Result<Arguments, ArgumentsError> {
        let lookup =
            |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into());
        Arguments::read(arguments.iter().map(OsString::from), lookup)
    }

    #[test]
    fn an_agent_needs_a_server_and_a_folder() {
        assert!(matches!(read(&["--folder", "/f"], &[]), Err(ArgumentsError::Missing("--server"))));
        let agent = read(&["--server", "https://h", "--folder", "/f"], &[("DOCKER_HOST", "unix:///d")]).unwrap();
        let Arguments::Agent(config) = agent else { panic!("{agent:?}") };
        assert!(matches!(config.engine, Engine::Docker { host: Some(host) } if host == "unix:///d"));
        assert!(config.token.is_none() && !config.allow_local_images);
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        assert!(matches!(read(&["--nonsense"], &[]), Err(ArgumentsError::Unknown(_))));
        assert!(matches!(read(&["--slots", "many"], &[]), Err(ArgumentsError::Value("--slots"))));
        assert!(matches!(read(&["--slots"], &[]), Err(ArgumentsError::Value("--slots"))));
        let bad = [("GPUAAS_ENROLLMENT_TOKEN", "nonsense")];
        assert!(matches!(read(&["--server", "s", "--folder", "f"], &bad), Err(ArgumentsError::Token(_))));
    }

    #[test]
    fn a_simulation_needs_a_token_for_each_agent() {
        let arguments = ["--server", "s", "--folder", "f", "--simulate", "1"];
        assert!(matches!(read(&arguments, &[]), Err(ArgumentsError::Value("--simulate"))));
        let token = format!("enr_01h2e8kqvbfwea724h75qc655w.{}.{}", "01".repeat(32), "02".repeat(32));
        let tokens = [("GPUAAS_ENROLLMENT_TOKEN", token.as_str())];
        assert!(matches!(read(&arguments, &tokens), Ok(Arguments::Simulation(all)) if all.tokens.len() == 1));
    }
}
