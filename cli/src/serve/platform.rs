//! The server in this process, with this machine as a node of it if that is wanted.

use std::path::{Path, PathBuf};

use gpuaas_api::server::{self, Config, Server};
use gpuaas_sdk::Client;

use super::local_node::{Attended, LocalNode};
use super::{directory, refusal};
use crate::output::Failure;

/// What runs.
pub(crate) struct Platform {
    server: Server,
    node: Option<Attended>,
    data: PathBuf,
}

impl Platform {
    /// Starts the server, which answers when this does, and then the node.
    pub(crate) async fn start(config: Config, node: Option<LocalNode>) -> Result<Self, Failure> {
        let data = config.data.clone();
        let server = server::serve(config).await.map_err(|error| Failure::other(refusal::sentence(&error, &data)))?;
        let mut platform = Self { server, node: None, data };
        // A convenience for the commands beside it: without it they are told by hand.
        if let Err(error) = directory::tell(&platform.data, &platform.address()) {
            tracing::warn!(%error, "commands on this machine will not find the server by its data directory");
        }
        if let Some(node) = node {
            let (client, gateway) = (platform.operator()?, platform.server.gateway_address());
            platform.node = Some(node.attend(client, gateway, &platform.data));
        }
        Ok(platform)
    }

    /// Where it is.
    pub(crate) fn address(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Where nodes reach it.
    pub(crate) fn gateway(&self) -> String {
        format!("https://{}", self.server.gateway_address())
    }

    /// Where it keeps what is its own.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// The server.
    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// A client with the operator's token.
    pub(crate) fn operator(&self) -> Result<Client, Failure> {
        let file = directory::admin_token(&self.data);
        let token = std::fs::read_to_string(&file);
        let token = token.map_err(|error| Failure::other(format!("cannot read {}: {error}", file.display())))?;
        Ok(Client::new(&self.address(), Some(token.trim()))?)
    }

    /// Ends the node, then the server. What runs on the node goes on.
    pub(crate) async fn end(self) {
        if let Some(node) = self.node {
            node.end().await;
        }
        self.server.shutdown().await;
        if let Err(error) = directory::forget(&self.data) {
            tracing::debug!(%error, "the file with the address");
        }
    }
}
