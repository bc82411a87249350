//! `gpuaas billing`: bills computed anew from an export, with no server and no trust in what
//! was issued. `docs/money.md` says what is computed and what is checked.
//!
//! | file | what it is for |
//! |---|---|
//! | `source` | reads an export that was verified, entry by entry |
//! | `evidence` | what it says of one organization's money |
//! | `organization` | which organization is meant |
//! | `interval` | which interval is meant |
//! | `check` | whether usage, attestations, prices and postings agree |
//! | `reconstruct` | the invoice's bytes, and whether it is the one that was issued |
//! | `command` | the command |

mod check;
mod command;
mod evidence;
mod interval;
mod organization;
mod reconstruct;
mod source;

use std::path::Path;
use std::process::ExitCode;

use clap::Subcommand;
use gpuaas_log::fault::Fault;
use gpuaas_log::verify::{Disagreement, Options};

/// Bills, computed anew from an export of the log.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Computes the invoice of an interval from usage and prices in an export alone, and
    /// says whether it is the one that was issued.
    Reconstruct(command::Reconstruct),
}

/// Runs a subcommand of `gpuaas billing`.
pub(crate) fn run(command: Command) -> ExitCode {
    match command {
        Command::Reconstruct(arguments) => command::run(&arguments),
    }
}

/// Why there is no bill.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unproven {
    /// The export is not what was signed.
    #[error("the export is not good: {} at {}: {}", .0.kind, .0.position, .0.kind.sentence())]
    Fault(Fault),
    /// It is not what was given from outside.
    #[error("the export is not the one that the given key vouches for: {0}")]
    Outside(Disagreement),
    /// What it says of money does not agree with itself.
    #[error("the books do not agree: {0}")]
    Books(String),
    /// It could not be computed.
    #[error("{0:#}")]
    Other(#[from] anyhow::Error),
}

impl Unproven {
    fn books(sentence: impl Into<String>) -> Self {
        Self::Books(sentence.into())
    }
}

/// Succeeds if something holds that the books must keep to.
fn need(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), Unproven> {
    if holds { Ok(()) } else { Err(Unproven::Books(otherwise())) }
}

/// The bytes of an organization's invoice of an interval, computed from an export; an error
/// where anything in it does not agree, an issued invoice among it.
pub(crate) fn computed(export: &Path, organization: &str, (from, to): (&str, &str)) -> anyhow::Result<Vec<u8>> {
    let period = interval::read(from, to)?;
    let bill = reconstruct::reconstruct(export, organization, period, &Options::default())?;
    anyhow::ensure!(bill.issued != reconstruct::Issued::Differs, "the invoice that was issued has other bytes");
    Ok(bill.bytes)
}
