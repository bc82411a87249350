//! `gpuaas witness`: cosigns the checkpoints of logs, for a party that does not run them. It
//! needs a directory, and nothing of the platform.

mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use gpuaas_log::witness::Witness;

use crate::output::{self, Failure, Format};

/// Cosigning checkpoints of logs.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Takes checkpoints of logs, and cosigns each that goes on from those it has seen.
    Serve(serve::Serve),
    /// Prints the witness's key, which is made if it is not there.
    Key(Place),
}

/// Where a witness keeps what it has seen, and what it is called.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The directory with the key and what was cosigned. It must never be put back to an
    /// earlier state.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// What the witness is called, like a host name; needed when the key is made.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

/// Runs a subcommand of `gpuaas witness`.
pub(crate) fn run(command: Command) -> ExitCode {
    match command {
        Command::Serve(arguments) => arguments.run(),
        Command::Key(place) => output::ended(Format::default(), place.print_key()),
    }
}

impl Place {
    fn print_key(&self) -> Result<(), Failure> {
        let key = Witness::key_in(&self.data, self.name.as_deref()).map_err(Failure::other)?;
        output::line(&key.to_string())
    }
}
