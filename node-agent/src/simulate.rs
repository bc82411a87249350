//! Many agents in one process, on the same protocol as real ones: the control plane is tested
//! at thousands of nodes on one machine. Each has its own folder, key and connection; only
//! their containers are not there.

use std::path::PathBuf;
use std::time::Duration;

use gpuaas_domain::node_protocol::token::EnrollmentToken;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Engine, InventorySource};
use crate::error::AgentError;

/// What simulated agents are started with.
#[derive(Debug, Clone)]
pub struct Simulation {
    /// The server, `https://host:port`.
    pub server: String,
    /// Each agent has a numbered folder in it.
    pub folder: PathBuf,
    /// One token for each agent.
    pub tokens: Vec<EnrollmentToken>,
    /// Slots of each.
    pub slots: u16,
    /// How long a workload takes to become ready.
    pub start_takes: Duration,
}

/// Runs one agent for each token until `shutdown`, or until the first of them ends by itself.
pub async fn simulate(simulation: Simulation, shutdown: CancellationToken) -> Result<(), AgentError> {
    let mut agents = JoinSet::new();
    let all = shutdown.child_token();
    let _stop_the_others = all.clone().drop_guard();
    for (number, token) in simulation.tokens.iter().enumerate() {
        let config = Config {
            server: simulation.server.clone(),
            folder: simulation.folder.join(format!("{number:05}")),
            token: Some(token.clone()),
            engine: Engine::Simulated { start_takes: simulation.start_takes },
            inventory: InventorySource::Simulated { slots: simulation.slots },
            allow_local_images: true,
        };
        agents.spawn(crate::run(config, all.clone()));
    }
    while let Some(ended) = agents.join_next().await {
        ended.expect("an agent does not panic, and nobody aborts it")?;
    }
    Ok(())
}
