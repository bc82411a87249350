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

use crate::client::{self, Asking};

/// The log itself, for those who run it.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists the keys that sign the log's checkpoints, and those that did.
    Keys(Asking<keys::Keys>),
    /// Replaces the key that signs the log's checkpoints: the next one is signed by the new
    /// key and by the one that it replaces.
    RotateKey(Asking<keys::RotateKey>),
    /// Fills an empty place with the log from a copy, and says what the copy lacks.
    Restore(restore::Restore),
    /// Restores the log from a copy into a scratch place, and compares it with the running server's.
    Drill(Asking<drill::Drill>),
}

/// Runs a subcommand of `gpuaas log`.
pub(crate) fn run(command: Command) -> ExitCode {
    match command {
        Command::Keys(asking) => client::ask(asking),
        Command::RotateKey(asking) => client::ask(asking),
        Command::Restore(arguments) => restore::run(&arguments),
        Command::Drill(asking) => client::ask(asking),
    }
}
