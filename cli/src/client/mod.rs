//! The commands that ask a server, on the generated client.

pub(crate) mod admin;
pub(crate) mod allocations;
pub(crate) mod app_versions;
pub(crate) mod apps;
pub(crate) mod artifacts;
pub(crate) mod change;
mod connection;
pub(crate) mod entitlements;
pub(crate) mod events;
pub(crate) mod evidence;
pub(crate) mod instances;
pub(crate) mod invoices;
pub(crate) mod ledgers;
mod manifest;
pub(crate) mod members;
pub(crate) mod nodes;
pub(crate) mod orgs;
mod pages;
mod position;
mod price;
pub(crate) mod price_books;
pub(crate) mod projects;
pub(crate) mod resolve;
mod secret;
pub(crate) mod service_accounts;
pub(crate) mod skus;
pub(crate) mod tokens;
pub(crate) mod tunnel;
pub(crate) mod usage;
pub(crate) mod usage_units;
pub(crate) mod users;
pub(crate) mod webhooks;
mod words;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use gpuaas_sdk::{Client, Error};

use crate::config::{ByClient, Flags};
use crate::output::{self, Failure, Format};

/// A group of commands that ask a server.
#[derive(Debug, Args)]
pub(crate) struct Asked<C: Subcommand> {
    #[command(flatten)]
    flags: Flags<ByClient>,
    #[command(flatten)]
    format: Format,
    /// Shows a single resource as it was: at this position of the log, or at this time (RFC 3339).
    #[arg(long, global = true, value_name = "MOMENT")]
    as_of: Option<String>,
    #[command(subcommand)]
    command: C,
}

/// A command that asks a server, outside a group.
#[derive(Debug, Args)]
pub(crate) struct Asking<W: Args> {
    #[command(flatten)]
    flags: Flags<ByClient>,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    wanted: W,
}

/// What a command that asks a server needs.
pub(crate) struct Session {
    /// The server.
    pub(crate) client: Client,
    /// For whom to print.
    pub(crate) format: Format,
}

/// A command that asks a server.
pub(crate) trait Ask {
    /// Asks, and prints the answer.
    async fn ask(self, session: &Session) -> Result<(), Failure>;
}

/// Runs a command of a group.
pub(crate) fn run<C: Subcommand + Ask>(asked: Asked<C>) -> ExitCode {
    let Asked { flags, format, as_of, command } = asked;
    ask_as_of(&flags, format, as_of.as_deref(), command)
}

/// Runs a command outside a group.
pub(crate) fn ask<W: Args + Ask>(asking: Asking<W>) -> ExitCode {
    let Asking { flags, format, wanted } = asking;
    ask_as_of(&flags, format, None, wanted)
}

/// Runs a command that asks a server, maybe about the past. What asks for no single
/// resource, and so was told about the present, says so.
fn ask_as_of(flags: &Flags<ByClient>, format: Format, as_of: Option<&str>, command: impl Ask) -> ExitCode {
    let done = || -> Result<(), Failure> {
        let client = connection::open(flags)?.as_of(as_of);
        let stood = position::take_up(&client);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let format = Format { past: as_of.is_some(), ..format };
        let session = Session { client, format };
        let asked = runtime.map_err(Failure::other)?.block_on(command.ask(&session));
        position::leave(&session.client, stood.as_deref());
        match asked {
            Err(Failure::Server(Error::DryRun(tried))) => output::dry_run(format, &tried),
            Ok(()) if !session.client.has_asked_for_past() => format.present(),
            Err(Failure::Server(Error::Refused { status, problem })) if problem.code == "unauthenticated" => {
                Err(connection::without_token(flags).unwrap_or(Failure::Server(Error::Refused { status, problem })))
            }
            asked => asked,
        }
    };
    output::ended(format, done())
}
