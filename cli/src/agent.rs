//! `gpuaas agent`: the agent of a node, the same as `gpuaas-node-agent` is alone.

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::Args;
use gpuaas_node_agent::{Arguments, stop_on_signal};
use tracing_subscriber::EnvFilter;

use crate::output::{self, Failure, Format};

/// Arguments of `gpuaas agent`.
#[derive(Debug, Args)]
pub(crate) struct Agent {
    #[command(flatten)]
    arguments: Arguments,
    /// What to write of what happens: a level, or module=level separated by commas
    #[arg(long, value_name = "FILTER", env = "GPUAAS_LOG", default_value = "info")]
    log: String,
}

impl Agent {
    /// Runs the agent until it is told to end.
    pub(crate) fn run(self) -> ExitCode {
        output::ended(Format::default(), self.until_told())
    }

    fn until_told(self) -> Result<(), Failure> {
        let filter = EnvFilter::try_new(&self.log).map_err(|error| Failure::Usage(format!("--log: {error}")))?;
        let written = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
        written.with_ansi(std::io::stderr().is_terminal()).init();
        let runtime = tokio::runtime::Runtime::new().map_err(Failure::other)?;
        runtime.block_on(async { self.arguments.run(stop_on_signal()).await }).map_err(Failure::other)
    }
}
