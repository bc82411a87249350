//! The gpuaas binary: client, embedded platform, server, agent and auditor.

mod agent;
mod audit;
mod billing;
mod client;
mod config;
mod demo;
mod evidence;
mod log;
mod output;
mod reference;
mod serve;
mod witness;

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
    /// Plays the whole story once: from an organization to a container, an invoice and its proof.
    Demo(demo::Demo),
    /// Runs one of several servers on a Postgres.
    Server(serve::Server),
    /// Runs the agent of a node: it takes tasks from a server and runs workloads on this machine.
    Agent(Box<agent::Agent>),
    /// Shows every setting in force and where it comes from.
    Config(config::Arguments),
    /// The log: exports, checking them offline, searches, and entries explained.
    #[command(subcommand)]
    Audit(audit::Command),
    /// The log itself, for those who run it: its keys, and restoring it from a copy.
    #[command(subcommand)]
    Log(log::Command),
    /// Cosigning checkpoints of logs.
    #[command(subcommand)]
    Witness(witness::Command),
    /// Bills, computed anew from an export of the log.
    #[command(subcommand)]
    Billing(billing::Command),
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
    /// The machines that workloads run on.
    Nodes(Asked<client::nodes::Command>),
    /// What can be allocated.
    Skus(Asked<client::skus::Command>),
    /// What things cost, and since when.
    PriceBooks(Asked<client::price_books::Command>),
    /// The catalog of what can be launched.
    Apps(Asked<client::apps::Command>),
    /// Versions of apps, each with its manifest.
    AppVersions(Asked<client::app_versions::Command>),
    /// The images that apps run.
    Artifacts(Asked<client::artifacts::Command>),
    /// Which apps projects may launch.
    Entitlements(Asked<client::entitlements::Command>),
    /// Slots of nodes that projects have, or wait for.
    Allocations(Asked<client::allocations::Command>),
    /// Workloads on allocations.
    Instances(Asked<client::instances::Command>),
    /// What was used.
    Usage(Asked<client::usage::Command>),
    /// What products report usage in.
    UsageUnits(Asked<client::usage_units::Command>),
    /// The accounts of organizations.
    Ledgers(Asked<client::ledgers::Command>),
    /// What organizations are billed.
    Invoices(Asked<client::invoices::Command>),
    /// What shows that releases, flows and controls hold.
    Evidence(Asked<client::evidence::Command>),
    /// Your own tokens.
    Tokens(Asked<client::tokens::Command>),
    /// What only the operator does.
    Admin(Asked<client::admin::Command>),
    /// What happens, as it happens.
    Events(Asked<client::events::Command>),
    /// Places that events are sent to.
    Webhooks(Asked<client::webhooks::Command>),
    /// The demo's app.
    #[command(hide = true)]
    HelloHttp(demo::HelloHttp),
    /// Prints the API's OpenAPI document.
    Openapi,
    /// Prints the AsyncAPI document of the events.
    Asyncapi,
    /// Prints the reference of all commands, docs/cli.md.
    #[command(hide = true)]
    Reference,
}

fn main() -> ExitCode {
    // Two providers could be compiled in; one is chosen, here and nowhere else.
    rustls::crypto::ring::default_provider().install_default().expect("nothing was chosen before");
    match Arguments::parse().command {
        Command::Up(up) => up.run(),
        Command::Demo(demo) => demo.run(),
        Command::Server(server) => server.run(),
        Command::Agent(agent) => agent.run(),
        Command::Config(arguments) => output::ended(arguments.format, config::run(&arguments)),
        Command::Audit(command) => audit::run(command),
        Command::Log(command) => log::run(command),
        Command::Witness(command) => witness::run(command),
        Command::Billing(command) => billing::run(command),
        Command::Orgs(asked) => client::run(asked),
        Command::Projects(asked) => client::run(asked),
        Command::Members(asked) => client::run(asked),
        Command::ServiceAccounts(asked) => client::run(asked),
        Command::Users(asked) => client::run(asked),
        Command::Nodes(asked) => client::run(asked),
        Command::Skus(asked) => client::run(asked),
        Command::PriceBooks(asked) => client::run(asked),
        Command::Apps(asked) => client::run(asked),
        Command::AppVersions(asked) => client::run(asked),
        Command::Artifacts(asked) => client::run(asked),
        Command::Entitlements(asked) => client::run(asked),
        Command::Allocations(asked) => client::run(asked),
        Command::Instances(asked) => client::run(asked),
        Command::Usage(asked) => client::run(asked),
        Command::UsageUnits(asked) => client::run(asked),
        Command::Ledgers(asked) => client::run(asked),
        Command::Invoices(asked) => client::run(asked),
        Command::Evidence(asked) => client::evidence::run(asked),
        Command::Tokens(asked) => client::run(asked),
        Command::Admin(asked) => client::run(asked),
        Command::Events(asked) => client::run(asked),
        Command::Webhooks(asked) => client::run(asked),
        Command::HelloHttp(hello) => hello.run(),
        Command::Openapi => output::ended(output::Format::default(), output::print(gpuaas_api::openapi::text())),
        Command::Asyncapi => output::ended(output::Format::default(), output::print(gpuaas_api::asyncapi::text())),
        Command::Reference => output::ended(output::Format::default(), output::print(&reference::markdown())),
    }
}
