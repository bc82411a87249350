//! A gateway, a node, its agent and an engine.

use bollard::Docker;
use gpuaas_domain::id::{NodeId, TaskId};
use gpuaas_domain::node_protocol::output::{ExecutorOutput, FailureCode};
use gpuaas_domain::node_protocol::task::{Image, LaunchSpec, Readiness};
use gpuaas_domain::node_task::{End, TaskKind};
use gpuaas_node_agent::{Config, Engine, InventorySource};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::engine::{self, Sweeper};
use crate::agent::Agent;
use crate::gateway::Gateway;
use crate::specs::{self, text};

/// Serves `hello` at `/`.
pub(super) const SERVE: &str = "exec httpd -f -p 8080 -h /www";

pub(super) struct World {
    pub(super) gateway: Gateway,
    pub(super) node: NodeId,
    pub(super) docker: Docker,
    pub(super) agent: Agent,
    _sweeper: Sweeper,
}

pub(super) fn config(gateway: &Gateway, folder: &std::path::Path, local_images: bool) -> Config {
    Config {
        server: gateway.address.clone(),
        folder: folder.to_owned(),
        token: None,
        engine: Engine::Docker { host: engine::host() },
        inventory: InventorySource::Machine { slots: Some(4) },
        allow_local_images: local_images,
    }
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with(60, true).await
    }

    pub(super) async fn with(attestation_seconds: u32, local_images: bool) -> Self {
        let gateway = Gateway::start_with(std::time::Duration::from_secs(3600), attestation_seconds).await;
        let (node, token) = gateway.register(false);
        let agent = Agent::start(|folder| Config { token: Some(token), ..config(&gateway, folder, local_images) });
        let docker = engine::connect().await;
        gateway.online(node).await;
        Self { gateway, node, docker, agent, _sweeper: Sweeper(node) }
    }

    /// Launches, and says what came of it.
    pub(super) async fn launch(&self, spec: &LaunchSpec) -> Result<ExecutorOutput, Box<(FailureCode, ExecutorOutput)>> {
        self.end(self.gateway.queue(self.node, TaskKind::OciLaunch, 1, spec)).await
    }

    pub(super) async fn end(&self, task: TaskId) -> Result<ExecutorOutput, Box<(FailureCode, ExecutorOutput)>> {
        outcome(self.gateway.end(task).await)
    }

    /// A web server that is ready when it answers.
    pub(super) fn web(&self, image: Image) -> LaunchSpec {
        web(self.node, image)
    }
}

pub(super) fn outcome(end: End) -> Result<ExecutorOutput, Box<(FailureCode, ExecutorOutput)>> {
    match end {
        End::Succeeded(succeeded) => Ok(succeeded.output),
        End::Failed(failed) => Err(Box::new((failed.failure.code, failed.output))),
        End::Cancelled(cancelled) => panic!("{cancelled:?}"),
    }
}

pub(super) fn web(node: NodeId, image: Image) -> LaunchSpec {
    let mut spec = specs::launch(node, image);
    spec.profile.command_args = Some(command(SERVE));
    spec.profile.readiness = Some(Readiness { endpoint: text("web"), path: text("/"), timeout_seconds: 20 });
    spec
}

pub(super) fn command(script: &str) -> Vec<gpuaas_domain::bounded::Text<4096>> {
    vec![text("/bin/sh"), text("-c"), text(script)]
}

/// What an HTTP server at an address says to `GET /`.
pub(super) async fn get(address: (String, u16)) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await.unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    said
}
