//! A server from its start to its end.

use std::io::Write as _;
use std::path::Path;

use gpuaas_api::server::{self, Config};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{directory, refusal, telemetry};
use crate::config::Settings;
use crate::output::Failure;

/// What differs between the servers.
pub(super) trait Purpose {
    /// What is logged where nobody says.
    const USUAL_LOG: &'static str;

    /// What is said once it serves.
    fn greet(&self, address: &str, data: &Path, token: &Path) -> String;
}

/// Serves until it is told to end.
pub(super) fn run<P: Purpose>(settings: &Settings, config: Config, purpose: &P) -> Result<(), Failure> {
    telemetry::start(settings, P::USUAL_LOG)?;
    let runtime = tokio::runtime::Runtime::new().map_err(Failure::other)?;
    runtime.block_on(serve(config, purpose))
}

async fn serve<P: Purpose>(config: Config, purpose: &P) -> Result<(), Failure> {
    let mut told_to_end = Ends::listen().map_err(Failure::other)?;
    let data = config.data.clone();
    let server = server::serve(config).await.map_err(|error| Failure::other(refusal::sentence(&error, &data)))?;
    let address = format!("http://{}", server.address());
    // A convenience for the commands beside it: without it they are told by hand.
    if let Err(error) = directory::tell(&data, &address) {
        tracing::warn!(%error, "commands on this machine will not find the server by its data directory");
    }
    say(&purpose.greet(&address, &data, &directory::admin_token(&data)));
    told_to_end.told().await;
    tracing::info!("ending");
    tokio::select! {
        () = server.shutdown() => {}
        () = told_to_end.told() => return Err(Failure::other("ended at once, since it was told twice")),
    }
    if let Err(error) = directory::forget(&data) {
        tracing::debug!(%error, "the file with the address");
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

/// What tells a server to end.
struct Ends {
    interrupt: Signal,
    terminate: Signal,
}

impl Ends {
    fn listen() -> std::io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn told(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
