//! The connection to the engine, made when it is needed first.

use bollard::errors::Error;
use bollard::{API_DEFAULT_VERSION, Docker};
use gpuaas_domain::node_protocol::output::Failure;
use tokio::sync::OnceCell;

use super::failure;

const USUAL_SOCKET: &str = "/var/run/docker.sock";
/// Seconds that the engine may take to answer.
const PATIENCE: u64 = 120;

/// An engine that may not be there yet.
pub(super) struct Engine {
    host: String,
    negotiated: OnceCell<Docker>,
}

impl Engine {
    pub(super) fn at(host: Option<&str>) -> Self {
        Self { host: host.unwrap_or(USUAL_SOCKET).to_owned(), negotiated: OnceCell::new() }
    }

    /// The engine, spoken to in a version that it knows.
    pub(super) async fn client(&self) -> Result<&Docker, Failure> {
        self.negotiated.get_or_try_init(|| self.connect()).await.map_err(|error| failure::runtime(&error))
    }

    async fn connect(&self) -> Result<Docker, Error> {
        let docker = if self.host.starts_with("tcp://") || self.host.starts_with("http://") {
            Docker::connect_with_http(&self.host, PATIENCE, API_DEFAULT_VERSION)?
        } else {
            Docker::connect_with_unix(&self.host, PATIENCE, API_DEFAULT_VERSION)?
        };
        docker.negotiate_version().await
    }
}
