//! `gpuaas audit`: takes the log and proofs of it out of a server, and checks them with nothing
//! but the files; searches a server's audit trail, and has entries explained.

mod actions;
mod check_receipt;
mod checkpoint;
mod consistency;
mod explain;
pub(crate) mod export;
mod extension;
pub(crate) mod file;
pub(crate) mod incoming;
mod log;
pub(crate) mod progress;
mod receipt;
mod search;
pub(crate) mod trust;
pub(crate) mod verdict;
pub(crate) mod verify;

use std::process::ExitCode;

use clap::Subcommand;

use crate::client::{self, Asking};

/// The log: exports and proofs, checking them offline, searches, and entries explained.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Verifies every entry, chain, head, checkpoint and signature of an export.
    Verify(verify::Verify),
    /// Writes an export of the log, which covers everything up to now.
    Export(Asking<export::Export>),
    /// Searches the audit trail: who did what to what, when, and by which rules.
    Search(Asking<search::Search>),
    /// Lists every command that can be found there.
    Actions(Asking<actions::Actions>),
    /// Explains an entry: who did what, which rules allowed it, what led to it, what followed.
    Explain(Asking<explain::Explain>),
    /// Shows what the log is called and which keys sign it.
    Log(Asking<log::Log>),
    /// Gets the proof that an entry is in the log.
    Receipt(Asking<receipt::Receipt>),
    /// Checks a receipt offline.
    CheckReceipt(check_receipt::CheckReceipt),
    /// Gets the published checkpoint.
    Checkpoint(Asking<checkpoint::Checkpoint>),
    /// Gets the proof that a checkpoint extends an older one.
    Extension(Asking<extension::Extension>),
    /// Checks offline that a checkpoint extends an older one.
    Consistency(consistency::Consistency),
}

/// Runs a subcommand of `gpuaas audit`.
pub(crate) fn run(command: Command) -> ExitCode {
    match command {
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Export(asking) => client::ask(asking),
        Command::Search(asking) => client::ask(asking),
        Command::Actions(asking) => client::ask(asking),
        Command::Explain(asking) => client::ask(asking),
        Command::Log(asking) => client::ask(asking),
        Command::Receipt(asking) => client::ask(asking),
        Command::CheckReceipt(arguments) => check_receipt::run(&arguments),
        Command::Checkpoint(asking) => client::ask(asking),
        Command::Extension(asking) => client::ask(asking),
        Command::Consistency(arguments) => consistency::run(&arguments),
    }
}
