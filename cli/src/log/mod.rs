//! `gpuaas log`: the log itself, for those who run it: its keys, and its copies for the day when
//! it is lost.

mod copy;
mod demands;
mod drill;
mod heads;
mod keys;
mod restore;
mod summary;
mod target;

use std::process::ExitCode;

use clap::Subcommand;

/// The log itself, for those who run it.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists the keys that sign the log's checkpoints, and those that did.
    Keys(keys::Keys),
    /// Replaces the key that signs the log's checkpoints: the next one is signed by the new
    /// key and by the one that it replaces.
    RotateKey(keys::RotateKey),
    /// Fills an empty place with the log from a copy, and says what the copy lacks.
    Restore(restore::Restore),
    /// Restores the log from a copy into a scratch place, and compares it with the running server's.
    Drill(drill::Drill),
}

/// Runs a subcommand of `gpuaas log`.
pub(crate) fn run(command: Command) -> ExitCode {
    match command {
        Command::Keys(arguments) => keys::list(arguments),
        Command::RotateKey(arguments) => keys::rotate(arguments),
        Command::Restore(arguments) => restore::run(&arguments),
        Command::Drill(arguments) => drill::run(arguments),
    }
}
