//! The agent alone, for nodes.

use std::process::ExitCode;

use clap::Parser;
use gpuaas_node_agent::{Arguments, stop_on_signal};
use tracing_subscriber::EnvFilter;

/// The GPUaaS node agent: takes tasks from the server and runs workloads on this machine.
#[derive(Debug, Parser)]
#[command(name = "gpuaas-node-agent", version)]
struct Line {
    #[command(flatten)]
    arguments: Arguments,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Line { arguments } = Line::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match arguments.run(stop_on_signal()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gpuaas-node-agent: {error}");
            ExitCode::FAILURE
        }
    }
}
