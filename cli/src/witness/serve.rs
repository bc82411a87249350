//! `gpuaas witness serve`.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Args;
use gpuaas_log::checkpoint::VerifierKey;
use gpuaas_log::witness::Witness;
use tracing_subscriber::EnvFilter;

use super::Place;
use crate::output::{self, Failure, Format};
use crate::serve::signals::Ends;

/// Arguments of `gpuaas witness serve`.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    place: Place,
    /// Where to listen; port 0 takes a free one. It speaks HTTP without TLS.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7090")]
    listen: SocketAddr,
    /// A key of a log whose checkpoints are cosigned; its name is the log's origin. May be
    /// given several times, for several logs, and for a log that changes its key.
    #[arg(long = "log-key", value_name = "VKEY", required = true)]
    log_keys: Vec<VerifierKey>,
    /// What to write of what happens: a level, or module=level separated by commas
    #[arg(long, value_name = "FILTER", env = "GPUAAS_LOG", default_value = "info")]
    log: String,
}

impl Serve {
    /// Serves until it is told to end.
    pub(super) fn run(self) -> ExitCode {
        output::ended(Format::default(), self.until_told())
    }

    fn until_told(self) -> Result<(), Failure> {
        let filter = EnvFilter::try_new(&self.log).map_err(|error| Failure::Usage(format!("--log: {error}")))?;
        let written = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
        written.with_ansi(std::io::stderr().is_terminal()).init();
        let runtime = tokio::runtime::Runtime::new().map_err(Failure::other)?;
        runtime.block_on(self.serve())
    }

    async fn serve(self) -> Result<(), Failure> {
        let mut told_to_end = Ends::listen().map_err(Failure::other)?;
        let Place { data, name } = &self.place;
        let witness = Witness::open(data, name.as_deref(), self.log_keys).map_err(Failure::other)?;
        let key = witness.key().to_string();
        let origins: Vec<String> = witness.origins().map(str::to_owned).collect();
        let serving = gpuaas_api::witness::serve(witness, self.listen).await;
        let serving = serving.map_err(|error| Failure::other(format!("cannot listen on {}: {error}", self.listen)))?;
        // What the logs' operators need of it.
        output::line(&format!("{key} http://{}", serving.address()))?;
        tracing::info!(?origins, "cosigning");
        told_to_end.told().await;
        serving.end().await;
        Ok(())
    }
}
