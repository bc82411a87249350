//! The commands that ask a server, on the generated client.

pub(crate) mod admin;
mod change;
mod connection;
pub(crate) mod events;
pub(crate) mod members;
pub(crate) mod orgs;
mod pages;
mod position;
pub(crate) mod projects;
mod resolve;
mod secret;
pub(crate) mod service_accounts;
pub(crate) mod tokens;
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
    let done = || -> Result<(), Failure> {
        let client = connection::open(&flags)?;
        let stood = position::take_up(&client);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let session = Session { client, format };
        let asked = runtime.map_err(Failure::other)?.block_on(command.ask(&session));
        position::leave(&session.client, stood.as_deref());
        asked
    };
    output::ended(format, done())
}
