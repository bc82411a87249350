//! `gpuaas audit`: takes the log out of a server, and checks it with nothing but the file.

pub(crate) mod export;
pub(crate) mod progress;
pub(crate) mod verify;

use std::process::ExitCode;

use clap::Subcommand;

/// Exports of the log, and checking them offline.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Verifies every entry, chain, head, checkpoint and signature of an export.
    Verify(verify::Verify),
    /// Writes an export of the log, which covers everything up to now.
    Export(export::Export),
}

/// Runs a subcommand of `gpuaas audit`.
pub(crate) fn run(command: Command) -> ExitCode {
    match command {
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Export(arguments) => export::run(arguments),
    }
}
