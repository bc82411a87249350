//! The gpuaas binary: client, embedded platform, server, agent and auditor.

mod audit;
mod client;
mod config;
mod output;
mod reference;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use client::Asked;

/// GPUs as a service, on a log that anyone can verify.
#[derive(Debug, Parser)]
#[command(name = "gpuaas", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What the binary does. Each role has a module of its own.
#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the whole platform on this machine, on nothing but a directory.
    Up(serve::Up),
    /// Runs one of several servers on a Postgres.
    Server(serve::Server),
    /// Shows every setting in force and where it comes from.
    Config(config::Arguments),
    /// Checks exported logs, offline.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Organizations.
    Orgs(Asked<client::orgs::Command>),
    /// Projects of organizations.
    Projects(Asked<client::projects::Command>),
    /// Members of organizations and projects.
    Members(Asked<client::members::Command>),
    /// The machine identities of projects.
    ServiceAccounts(Asked<client::service_accounts::Command>),
    /// People's accounts.
    Users(Asked<client::users::Command>),
    /// Your own tokens.
    Tokens(Asked<client::tokens::Command>),
    /// What only the operator does.
    Admin(Asked<client::admin::Command>),
    /// What happens, as it happens.
    Events(Asked<client::events::Command>),
    /// Prints the API's OpenAPI document.
    Openapi,
    /// Prints the reference of all commands, docs/cli.md.
    #[command(hide = true)]
    Reference,
}

fn main() -> ExitCode {
    // Two providers could be compiled in; one is chosen, here and nowhere else.
    rustls::crypto::ring::default_provider().install_default().expect("nothing was chosen before");
    match Arguments::parse().command {
        Command::Up(up) => up.run(),
        Command::Server(server) => server.run(),
        Command::Config(arguments) => output::ended(arguments.format, config::run(&arguments)),
        Command::Audit(command) => audit::run(command),
        Command::Orgs(asked) => client::run(asked),
        Command::Projects(asked) => client::run(asked),
        Command::Members(asked) => client::run(asked),
        Command::ServiceAccounts(asked) => client::run(asked),
        Command::Users(asked) => client::run(asked),
        Command::Tokens(asked) => client::run(asked),
        Command::Admin(asked) => client::run(asked),
        Command::Events(asked) => client::run(asked),
        Command::Openapi => output::ended(output::Format::default(), output::print(gpuaas_api::openapi::text())),
        Command::Reference => output::ended(output::Format::default(), output::print(&reference::markdown())),
    }
}
