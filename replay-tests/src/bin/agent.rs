//! The node agent in a process of its own, for tests that kill it: the same as
//! `gpuaas-node-agent`, whose binary another package's tests are not given.

use std::process::ExitCode;

use clap::Parser;
use gpuaas_node_agent::{Arguments, stop_on_signal};

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    arguments: Arguments,
}

#[tokio::main]
async fn main() -> ExitCode {
    let level = tracing_subscriber::filter::LevelFilter::WARN;
    tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).init();
    match Line::parse().arguments.run(stop_on_signal()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("agent: {error}");
            ExitCode::FAILURE
        }
    }
}
