//! The commands that ask a server, on the generated client.

pub(crate) mod admin;
pub(crate) mod allocations;
pub(crate) mod app_versions;
pub(crate) mod apps;
pub(crate) mod artifacts;
mod change;
mod connection;
pub(crate) mod entitlements;
pub(crate) mod events;
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
mod words;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use gpuaas_sdk::Client;

use crate::config::{ByClient, Flags};
use crate::output::{self, Failure, Format};

/// A group of commands that ask a server.
#[derive(Debug, Args)]
pub(crate) struct Asked<C: Subcommand> {
    #[command(flatten)]
    flags: Flags<ByClient>,
    #[command(flatten)]
    format: Format,
    #[command(subcommand)]
    command: C,
}

/// What a command of a group needs.
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
    let Asked { flags, format, command } = asked;
    ask(&flags, format, command)
}

/// Runs a command that asks a server.
pub(crate) fn ask(flags: &Flags<ByClient>, format: Format, command: impl Ask) -> ExitCode {
    let done = || -> Result<(), Failure> {
        let client = connection::open(flags)?;
        let stood = position::take_up(&client);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let session = Session { client, format };
        let asked = runtime.map_err(Failure::other)?.block_on(command.ask(&session));
        position::leave(&session.client, stood.as_deref());
        asked
    };
    output::ended(format, done())
}
