//! The arguments of an agent, as the slim binary and `gpuaas agent` take them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use gpuaas_domain::node_protocol::token::{EnrollmentToken, TokenError};
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Engine, InventorySource};
use crate::error::AgentError;
use crate::simulate::{Simulation, simulate};

/// How an agent is started.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// The platform's gateway for nodes, https://HOST:PORT.
    #[arg(long, value_name = "URL", env = "GPUAAS_AGENT_SERVER")]
    server: String,
    /// The agent's own folder: key, certificate, journal, logs.
    #[arg(long, value_name = "DIR", env = "GPUAAS_AGENT_FOLDER")]
    folder: PathBuf,
    /// A file with the enrollment token, which is needed once; with --simulate, a token a line.
    #[arg(long, value_name = "FILE", env = "GPUAAS_AGENT_TOKEN_FILE")]
    token_file: Option<PathBuf>,
    /// The enrollment token; it comes from the environment alone, as arguments are seen by everybody on the machine.
    #[arg(skip = std::env::var("GPUAAS_ENROLLMENT_TOKEN").ok())]
    token: Option<String>,
    /// The Docker engine, unix:///PATH or tcp://HOST:PORT; by default the usual socket.
    #[arg(long, value_name = "HOST", env = "DOCKER_HOST")]
    docker: Option<String>,
    /// Into how many equal slots the machine is divided; by default one for each GPU, or one.
    #[arg(long, value_name = "NUMBER", env = "GPUAAS_AGENT_SLOTS", value_parser = clap::value_parser!(u16).range(1..))]
    slots: Option<u16>,
    /// Takes the inventory from a file; the node is simulated.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["slots", "simulate"])]
    inventory: Option<PathBuf>,
    /// Lets images run that no registry vouches for, by config digest.
    #[arg(long)]
    allow_local_images: bool,
    /// Runs so many simulated agents, with a token a line in the token file.
    #[arg(long, value_name = "NUMBER")]
    simulate: Option<usize>,
    /// How long a simulated workload takes to become ready, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 100, requires = "simulate")]
    start_takes: u64,
    /// Ends the agent when its standard input does, for whoever started it and may not live to end it.
    #[arg(long)]
    until_stdin_closes: bool,
}

/// Slots of a simulated node, unless it is said how many.
const SIMULATED_SLOTS: u16 = 8;

/// Why arguments cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ArgumentsError {
    /// There are not as many tokens as simulated agents.
    #[error("--simulate {wanted} needs {wanted} enrollment tokens, and at least one; {given} were given, a line each")]
    Tokens {
        /// How many agents.
        wanted: usize,
        /// How many tokens.
        given: usize,
    },
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

/// Why an agent ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum EndedError {
    /// It was not started as it has to be.
    #[error(transparent)]
    Arguments(#[from] ArgumentsError),
    /// It cannot go on.
    #[error(transparent)]
    Agent(#[from] AgentError),
}

/// What is to be run.
#[derive(Debug, Clone)]
enum Plan {
    /// One agent.
    Agent(Box<Config>),
    /// Many that run nothing.
    Simulation(Simulation),
}

impl Arguments {
    /// Runs what they say until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), EndedError> {
        if self.until_stdin_closes {
            end_with_stdin(shutdown.clone());
        }
        match self.plan()? {
            Plan::Agent(config) => Ok(crate::run(*config, shutdown).await?),
            Plan::Simulation(all) => Ok(simulate(all, shutdown).await?),
        }
    }

    fn plan(self) -> Result<Plan, ArgumentsError> {
        let tokens = tokens(self.token_file.as_deref(), self.token)?;
        let Self { server, folder, slots, .. } = self;
        if let Some(wanted) = self.simulate {
            let given = tokens.len();
            if given < wanted || wanted == 0 {
                return Err(ArgumentsError::Tokens { wanted, given });
            }
            let tokens = tokens.into_iter().take(wanted).collect();
            let slots = slots.unwrap_or(SIMULATED_SLOTS);
            let start_takes = Duration::from_millis(self.start_takes);
            return Ok(Plan::Simulation(Simulation { server, folder, tokens, slots, start_takes }));
        }
        Ok(Plan::Agent(Box::new(Config {
            server,
            folder,
            token: tokens.into_iter().next(),
            engine: Engine::Docker { host: self.docker },
            inventory: self.inventory.map_or(InventorySource::Machine { slots }, InventorySource::File),
            allow_local_images: self.allow_local_images,
        })))
    }
}

/// The tokens, one a line.
fn tokens(file: Option<&Path>, given: Option<String>) -> Result<Vec<EnrollmentToken>, ArgumentsError> {
    let text = match file {
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| ArgumentsError::TokenFile { path: path.to_owned(), reason: error.to_string() })?,
        None => given.unwrap_or_default(),
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| line.parse().map_err(ArgumentsError::from)).collect()
}

/// A thread of its own waits for the end of standard input: that cannot be left off.
fn end_with_stdin(shutdown: CancellationToken) {
    std::thread::spawn(move || {
        // Nothing is sent this way, and an input that cannot be read has ended too.
        drop(std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink()));
        shutdown.cancel();
    });
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn read(arguments: &[&str], token: Option<String>) -> Result<Plan, String> {
        let line = Line::try_parse_from(["agent"].iter().chain(arguments)).map_err(|error| error.to_string())?;
        Arguments { token, ..line.arguments }.plan().map_err(|error| error.to_string())
    }

    fn token() -> String {
        format!("enr_01h2e8kqvbfwea724h75qc655w.{}.{}", "01".repeat(32), "02".repeat(32))
    }

    #[test]
    fn an_agent_needs_a_server_and_a_folder() {
        assert!(read(&["--folder", "/f"], None).unwrap_err().contains("--server"));
        let plan = read(&["--server", "https://h", "--folder", "/f", "--docker", "unix:///d"], None).unwrap();
        let Plan::Agent(config) = plan else { panic!("{plan:?}") };
        assert!(matches!(config.engine, Engine::Docker { host: Some(host) } if host == "unix:///d"));
        assert!(config.token.is_none() && !config.allow_local_images);
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let agent = ["--server", "s", "--folder", "f"];
        let with = |more: &[&str], token: Option<&str>| read(&[&agent, more].concat(), token.map(str::to_owned));
        assert!(with(&["--nonsense"], None).unwrap_err().contains("--nonsense"));
        assert!(with(&["--slots", "0"], None).unwrap_err().contains("--slots"));
        assert!(with(&[], Some("nonsense")).is_err());
        assert!(with(&["--token-file", "/does/not/exist"], None).unwrap_err().contains("/does/not/exist"));
    }

    #[test]
    fn a_simulation_needs_a_token_for_each_agent() {
        let arguments = ["--server", "s", "--folder", "f", "--simulate", "1"];
        assert!(read(&arguments, None).unwrap_err().contains("needs 1 enrollment token"));
        assert!(matches!(read(&arguments, Some(token())), Ok(Plan::Simulation(all)) if all.tokens.len() == 1));
    }
}
