//! Agents under test: in this process, or as a process that can be killed.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use gpuaas_domain::node_protocol::token::EnrollmentToken;
use gpuaas_node_agent::{AgentError, Config, Engine, InventorySource, run};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::gateway::Gateway;

pub(crate) struct Agent {
    pub(crate) folder: TempDir,
    shutdown: CancellationToken,
    task: JoinHandle<Result<(), AgentError>>,
}

pub(crate) fn simulated(gateway: &Gateway, folder: &Path, token: Option<EnrollmentToken>) -> Config {
    Config {
        server: gateway.address.clone(),
        folder: folder.to_owned(),
        token,
        engine: Engine::Simulated { start_takes: Duration::from_millis(5) },
        inventory: InventorySource::Simulated { slots: 4 },
        allow_local_images: false,
    }
}

impl Agent {
    pub(crate) fn simulated(gateway: &Gateway, token: EnrollmentToken) -> Self {
        Self::start(|folder| simulated(gateway, folder, Some(token)))
    }

    pub(crate) fn start(config: impl FnOnce(&Path) -> Config) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::start_in(folder, config)
    }

    pub(crate) fn start_in(folder: TempDir, config: impl FnOnce(&Path) -> Config) -> Self {
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(run(config(folder.path()), shutdown.clone()));
        Self { folder, shutdown, task }
    }

    /// Ends it in order and gives its folder back.
    pub(crate) async fn stop(self) -> TempDir {
        self.shutdown.cancel();
        self.task.await.unwrap().unwrap();
        self.folder
    }

    /// How it ended by itself.
    pub(crate) async fn ended(self) -> AgentError {
        tokio::time::timeout(Duration::from_secs(30), self.task).await.unwrap().unwrap().unwrap_err()
    }
}

/// The slim binary, as a node runs it.
pub(crate) fn process(gateway: &Gateway, folder: &Path, token: Option<&EnrollmentToken>) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gpuaas-node-agent"));
    command.args(["--server", &gateway.address, "--slots", "4", "--allow-local-images", "--folder"]).arg(folder);
    if let Some(token) = token {
        command.env("GPUAAS_ENROLLMENT_TOKEN", token.reveal());
    }
    command.env("RUST_LOG", "info").stdout(Stdio::null()).kill_on_drop(true).spawn().unwrap()
}
