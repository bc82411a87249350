//! The connection to the engine, made when it is needed first.

use bollard::errors::Error;
use bollard::{API_DEFAULT_VERSION, Docker};
use gpuaas_domain::node_protocol::output::Failure;
use tokio::sync::OnceCell;

use super::failure;

const USUAL_SOCKET: &str = "/var/run/docker.sock";
/// Seconds that the engine may take to answer.
const PATIENCE: u64 = 120;

/// An engine that may not answer yet.
pub(super) struct Engine {
    configured: Docker,
    negotiated: OnceCell<Docker>,
}

impl Engine {
    pub(super) fn at(host: Option<&str>) -> Result<Self, Error> {
        let host = host.unwrap_or(USUAL_SOCKET);
        let configured = if host.starts_with("tcp://") || host.starts_with("http://") {
            Docker::connect_with_http(host, PATIENCE, API_DEFAULT_VERSION)?
        } else {
            Docker::connect_with_unix(host, PATIENCE, API_DEFAULT_VERSION)?
        };
        Ok(Self { configured, negotiated: OnceCell::new() })
    }

    /// The engine, spoken to in a version that it knows.
    pub(super) async fn client(&self) -> Result<&Docker, Failure> {
        let negotiate = || self.configured.clone().negotiate_version();
        self.negotiated.get_or_try_init(negotiate).await.map_err(|error| failure::runtime(&error))
    }
}
