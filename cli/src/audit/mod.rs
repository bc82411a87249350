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

/// The log: exports and proofs, checking them offline, searches, and entries explained.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Verifies every entry, chain, head, checkpoint and signature of an export.
    Verify(verify::Verify),
    /// Writes an export of the log, which covers everything up to now.
    Export(export::Export),
    /// Searches the audit trail: who did what to what, when, and by which rules.
    Search(search::Search),
    /// Lists every command that can be found there.
    Actions(actions::Actions),
    /// Explains an entry: who did what, which rules allowed it, what led to it, what followed.
    Explain(explain::Explain),
    /// Shows what the log is called and which keys sign it.
    Log(log::Log),
    /// Gets the proof that an entry is in the log.
    Receipt(receipt::Receipt),
    /// Checks a receipt offline.
    CheckReceipt(check_receipt::CheckReceipt),
    /// Gets the published checkpoint.
    Checkpoint(checkpoint::Checkpoint),
    /// Gets the proof that a checkpoint extends an older one.
    Extension(extension::Extension),
    /// Checks offline that a checkpoint extends an older one.
    Consistency(consistency::Consistency),
}

/// Runs a subcommand of `gpuaas audit`.
pub(crate) fn run(command: Command) -> ExitCode {
    match command {
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Export(arguments) => export::run(arguments),
        Command::Search(arguments) => search::run(arguments),
        Command::Actions(arguments) => actions::run(arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Log(arguments) => log::run(arguments),
        Command::Receipt(arguments) => receipt::run(arguments),
        Command::CheckReceipt(arguments) => check_receipt::run(&arguments),
        Command::Checkpoint(arguments) => checkpoint::run(arguments),
        Command::Extension(arguments) => extension::run(arguments),
        Command::Consistency(arguments) => consistency::run(&arguments),
    }
}
