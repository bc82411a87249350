//! `cargo xtask conformance`: what others' tools say of our documents of API and events, and of
//! a running server that they hold against the first.
//!
//! Redocly reads the committed document of the API, AsyncAPI's parser that of the events.
//! Schemathesis asks a server of its own, started for
//! the run, all that the API's document allows and much that it does not: as the operator, and as
//! the admin of one organization. Both are pinned, and kept in the cache between runs.

mod server;
mod tools;

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::services::{asyncapi, node};
use crate::{process, workspace};
use server::Server;

/// Who asks.
const ACTORS: [&str; 2] = ["operator", "organization_admin"];
/// Requests of each kind to each operation, unless asked for otherwise.
const EXAMPLES: u32 = 5;

/// Arguments of the task.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Requests of each kind to each operation.
    #[arg(long, default_value_t = EXAMPLES)]
    examples: u32,
    /// The seed of a run that is to be repeated.
    #[arg(long)]
    seed: Option<u64>,
}

/// Runs it.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let folder = workspace::root().join("xtask/conformance");
    lint(&folder)?;
    parse()?;
    let python = tools::schemathesis(&folder)?;
    let server = Server::start()?;
    let manifest = workspace::root().join("domain/src/profile/jupyterlab.json");
    for actor in ACTORS {
        let mut preparing = python.command("python");
        preparing.arg(folder.join("hooks.py")).env("GPUAAS_URL", server.url()).env("GPUAAS_MANIFEST", &manifest);
        preparing.env("GPUAAS_ADMIN_TOKEN", server.admin_token()?).env("GPUAAS_ACTOR", actor);
        let tenant = process::output(&mut preparing)?;
        eprintln!("\nconformance: asking as {actor}");
        let document = format!("{}/openapi.json", server.url());
        process::run(&mut asking(python.command("schemathesis"), &folder, &document, &tenant, arguments)?)?;
    }
    eprintln!("\nconformance: the document and the server hold");
    Ok(())
}

fn lint(folder: &Path) -> Result<()> {
    let mut redocly = tools::redocly(folder)?;
    redocly.arg("lint").arg("--config").arg(folder.join("redocly.yaml"));
    process::run(redocly.arg(workspace::root().join("schemas/openapi.json")))
}

fn parse() -> Result<()> {
    let mut parser = asyncapi::parser(&node::program()?, &asyncapi::packages()?);
    process::run(parser.arg(workspace::root().join("schemas/asyncapi.yaml")))
}

fn asking(
    mut schemathesis: Command,
    folder: &Path,
    document: &str,
    tenant: &str,
    arguments: &Arguments,
) -> Result<Command> {
    let told: serde_json::Value = serde_json::from_str(tenant).context("the tenant is not JSON")?;
    let bearer = told["bearer"].as_str().context("the tenant has no token")?;
    schemathesis.arg("--config-file").arg(folder.join("schemathesis.toml")).args(["run", document]);
    schemathesis.args(["--checks", "all", "--no-color", "--max-examples", &arguments.examples.to_string()]);
    schemathesis.args(["--header", &format!("Authorization: Bearer {bearer}")]);
    if let Some(seed) = arguments.seed {
        schemathesis.args(["--seed", &seed.to_string()]);
    }
    schemathesis.env("SCHEMATHESIS_HOOKS", folder.join("hooks.py")).env("GPUAAS_TENANT", tenant);
    Ok(schemathesis)
}
