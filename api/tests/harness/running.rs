//! A running server.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use gpuaas_api::{Config, Server};
use tempfile::TempDir;

use super::Client;

/// A server, on loopback, with a data directory that goes with it.
pub(crate) struct Running {
    server: Option<Server>,
    address: SocketAddr,
    directory: Arc<TempDir>,
}

impl Running {
    /// With the embedded start's configuration, and no rate limit.
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// With a changed configuration.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::in_directory(Arc::new(TempDir::new().unwrap()), change).await
    }

    /// In a directory that others use too. It is ready when this answers.
    pub(crate) async fn in_directory(directory: Arc<TempDir>, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = config(directory.path());
        change(&mut config);
        let server = gpuaas_api::serve(config).await.unwrap();
        let running = Self { address: server.address(), server: Some(server), directory };
        while !running.anonymous().get("/readyz").await.status.is_success() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        running
    }

    /// A client without a token.
    pub(crate) fn anonymous(&self) -> Client {
        Client::new(self.address, None)
    }

    /// The operator.
    pub(crate) fn admin(&self) -> Client {
        let token = std::fs::read_to_string(self.directory.path().join("admin.token")).unwrap();
        self.client(token.trim())
    }

    /// A client with a token.
    pub(crate) fn client(&self, token: &str) -> Client {
        Client::new(self.address, Some(token.to_owned()))
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its data directory.
    pub(crate) fn directory(&self) -> &Arc<TempDir> {
        &self.directory
    }

    /// Where it listens for nodes.
    pub(crate) fn gateway_address(&self) -> SocketAddr {
        self.server.as_ref().unwrap().gateway_address()
    }

    /// The server's parts.
    pub(crate) fn app(&self) -> &gpuaas_api::app::App {
        self.server.as_ref().unwrap().app()
    }

    /// The server's log.
    pub(crate) fn log(&self) -> gpuaas_log::Log {
        self.server.as_ref().unwrap().log().clone()
    }

    /// Ends it in good order.
    pub(crate) async fn stop(mut self) {
        self.server.take().unwrap().shutdown().await;
    }
}

/// The embedded start on a free port, without a rate limit.
pub(crate) fn config(data: &Path) -> Config {
    let mut config = Config::embedded(PathBuf::from(data), SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    config.limits.rate = None;
    config
}
