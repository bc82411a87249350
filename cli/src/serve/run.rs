//! A server from its start to its end.

use std::io::Write as _;
use std::path::Path;

use gpuaas_api::server::Config;

use super::local_node::LocalNode;
use super::platform::Platform;
use super::signals::Ends;
use super::{directory, telemetry};
use crate::config::Settings;
use crate::output::Failure;

/// What differs between the servers.
pub(super) trait Purpose {
    /// What is logged where nobody says.
    const USUAL_LOG: &'static str;

    /// This machine as a node, if it is to be one.
    fn local_node(&self) -> Option<LocalNode>;

    /// What is said once it serves.
    fn greet(&self, address: &str, gateway: &str, data: &Path, token: &Path) -> String;
}

/// Serves until it is told to end.
pub(super) fn run<P: Purpose>(settings: &Settings, config: Config, purpose: &P) -> Result<(), Failure> {
    telemetry::start(settings, P::USUAL_LOG)?;
    let runtime = tokio::runtime::Runtime::new().map_err(Failure::other)?;
    runtime.block_on(serve(config, purpose))
}

async fn serve<P: Purpose>(config: Config, purpose: &P) -> Result<(), Failure> {
    let mut told_to_end = Ends::listen().map_err(Failure::other)?;
    let platform = Platform::start(config, purpose.local_node()).await?;
    let data = platform.data();
    say(&purpose.greet(&platform.address(), &platform.gateway(), data, &directory::admin_token(data)));
    told_to_end.told().await;
    tracing::info!("ending");
    tokio::select! {
        () = platform.end() => {}
        () = told_to_end.told() => return Err(Failure::other("ended at once, since it was told twice")),
    }
    tracing::info!("ended");
    Ok(())
}

/// A server whose terminal has gone goes on.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        tracing::debug!(%error, "standard output");
    }
}
