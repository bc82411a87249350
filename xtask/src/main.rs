//! The project's own tasks: test, bench, dev services.
//!
//! For whoever works on GPUaaS, and for its continuous integration. Nothing that
//! a user of GPUaaS runs is in here, and nothing here is linked into the product.

mod bench;
mod conformance;
mod contracts;
mod layers;
mod process;
mod services;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The tasks of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Everything that must hold before a change goes in, on the real services.
    Test,
    /// Who may depend on whom.
    Layers,
    /// The house rules that neither rustfmt nor clippy knows.
    Tidy,
    /// The real services that tests use: Postgres, a Docker engine, an OCI registry, a busybox.
    #[command(subcommand)]
    Services(services::Task),
    /// The API's document, the client made from it, and the reference of the command line.
    Contracts(contracts::Arguments),
    /// What Redocly and AsyncAPI's parser say of the documents, and Schemathesis of a running server.
    Conformance(conformance::Arguments),
    /// Measured comparisons, each against a peer or a limit of the same run.
    #[command(subcommand)]
    Bench(bench::Task),
    /// Runs one service and ends it when standard input closes.
    #[command(hide = true)]
    Guard(services::guard::Arguments),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Test => test::run().map(|()| ExitCode::SUCCESS),
        Task::Layers => layers::run().map(|()| ExitCode::SUCCESS),
        Task::Tidy => tidy::run().map(|()| ExitCode::SUCCESS),
        Task::Services(task) => services::run(task),
        Task::Contracts(arguments) => contracts::run(&arguments).map(|()| ExitCode::SUCCESS),
        Task::Conformance(arguments) => conformance::run(&arguments).map(|()| ExitCode::SUCCESS),
        Task::Bench(task) => bench::run(task).map(|()| ExitCode::SUCCESS),
        Task::Guard(arguments) => services::guard::run(arguments),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
