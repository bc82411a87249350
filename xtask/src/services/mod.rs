//! The real services that tests and benches use.
//!
//! Each is taken from the environment when it is named there, otherwise found on
//! this machine, otherwise installed with apt-get (on Debian, as root), otherwise
//! refused with a sentence that says what is missing. What was started here is
//! stopped here, also on failure, on Ctrl-C and when this process is killed
//! ([`guard`]). What already ran is left alone.

pub(crate) mod asyncapi;
mod busybox;
mod debian;
mod docker;
pub(crate) mod guard;
mod guarded;
mod http;
mod jupyterlab;
mod nats;
pub(crate) mod node;
mod outsider;
mod place;
mod postgres;
mod python;
mod registry;
mod s3;

use std::ffi::OsString;
use std::fs::File;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::workspace;
use guarded::Guarded;
pub(crate) use place::{cache, fresh};

/// `cargo xtask services …`
#[derive(clap::Subcommand)]
pub(crate) enum Task {
    /// Starts what is not there yet, prints the environment for tests, and runs until Ctrl-C.
    Up,
    /// Runs a command with the services there, and ends with its exit code.
    Exec {
        /// The command and its arguments.
        #[arg(trailing_var_arg = true, required = true)]
        command: Vec<OsString>,
    },
}

/// One service that tests can use.
struct Service {
    /// One line for whoever watches: what it is and where it came from.
    origin: String,
    /// What tests find it by.
    environment: Vec<(&'static str, OsString)>,
    /// What keeps it alive, where we started it. Held, never read.
    _started: Option<Guarded>,
    /// What keeps another run of ours from stopping it, where that run started it.
    _in_use: Option<File>,
}

impl Service {
    fn found(origin: impl Into<String>, environment: Vec<(&'static str, OsString)>) -> Self {
        Self { origin: origin.into(), environment, _started: None, _in_use: None }
    }

    fn started(origin: impl Into<String>, environment: Vec<(&'static str, OsString)>, guarded: Guarded) -> Self {
        Self { _started: Some(guarded), ..Self::found(origin, environment) }
    }
}

/// The services while they are in use; dropping it stops those that we started.
pub(crate) struct Services(Vec<Service>);

impl Services {
    /// Finds or starts all of them.
    pub(crate) fn all() -> Result<Self> {
        let missing = [
            postgres::missing(),
            docker::missing(),
            registry::missing(),
            busybox::missing(),
            outsider::missing(),
            jupyterlab::missing(),
            nats::missing(),
            s3::missing(),
            asyncapi::missing(),
        ];
        debian::install(&missing.into_iter().flatten().collect::<Vec<_>>())?;
        let services = std::thread::scope(|scope| {
            let starting = [
                scope.spawn(postgres::service),
                scope.spawn(docker::service),
                scope.spawn(registry::service),
                scope.spawn(registry::private_service),
                scope.spawn(busybox::service),
                scope.spawn(outsider::service),
                scope.spawn(jupyterlab::service),
                scope.spawn(nats::service),
                scope.spawn(s3::service),
                scope.spawn(asyncapi::service),
            ];
            starting.map(|service| service.join().expect("starting a service does not panic"))
        });
        Ok(Self(services.into_iter().collect::<Result<_>>()?).announced())
    }

    /// Finds or starts Postgres alone.
    pub(crate) fn postgres() -> Result<Self> {
        debian::install(postgres::missing().as_slice())?;
        Ok(Self(vec![postgres::service()?]).announced())
    }

    /// What tests find the services by.
    pub(crate) fn environment(&self) -> impl Iterator<Item = (&'static str, &OsString)> {
        self.0.iter().flat_map(|service| service.environment.iter().map(|(name, value)| (*name, value)))
    }

    fn announced(self) -> Self {
        for service in &self.0 {
            eprintln!("service: {}", service.origin);
        }
        self
    }
}

/// Runs `cargo xtask services …`.
pub(crate) fn run(task: Task) -> Result<ExitCode> {
    match task {
        Task::Up => up(),
        Task::Exec { command } => exec(&command),
    }
}

fn up() -> Result<ExitCode> {
    let services = Services::all()?;
    for (name, value) in services.environment() {
        println!("export {name}={}", value.to_string_lossy());
    }
    eprintln!("Ctrl-C stops what was started here.");
    loop {
        std::thread::park();
    }
}

fn exec(command: &[OsString]) -> Result<ExitCode> {
    let services = Services::all()?;
    let (program, arguments) = command.split_first().expect("clap asks for at least one word");
    let status = workspace::anonymous(&mut Command::new(program))
        .args(arguments)
        .envs(services.environment())
        .status()
        .with_context(|| format!("cannot run {}", program.to_string_lossy()))?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}
