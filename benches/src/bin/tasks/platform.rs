//! A server with many simulated agents, all of them there.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use gpuaas_api::app::App;
use gpuaas_api::{Config, Server};
use gpuaas_commands::Context;
use gpuaas_commands::handlers::enrollment::IssueEnrollment;
use gpuaas_commands::handlers::node::RegisterNode;
use gpuaas_commands::handlers::organization::CreateOrganization;
use gpuaas_commands::handlers::project::CreateProject;
use gpuaas_domain::bounded::Text;
use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::{AllocationId, NodeId, OrganizationId, ProjectId};
use gpuaas_domain::node::{Node, Presence};
use gpuaas_domain::node_protocol::token::EnrollmentToken;
use gpuaas_log::Log;
use gpuaas_node_agent::{AgentError, Simulation, simulate};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::launch::{self, Allocate, Launch};

/// How long the agents may take to be there.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long a simulated workload takes to become ready.
const START_TAKES: Duration = Duration::from_millis(100);

/// A server and its agents.
pub(crate) struct Platform {
    server: Server,
    places: Vec<(NodeId, AllocationId)>,
    tenant: (OrganizationId, ProjectId),
    agents: JoinHandle<Result<(), AgentError>>,
    shutdown: CancellationToken,
    _folders: (TempDir, TempDir),
}

impl Platform {
    /// Starts both, and waits until every agent is there.
    pub(crate) async fn start(agents: usize) -> Result<Self> {
        let folders = (TempDir::new()?, TempDir::new()?);
        let config = Config::embedded(folders.0.path(), SocketAddr::from(([127, 0, 0, 1], 0)));
        let server = gpuaas_api::serve(config).await?;
        let app = server.app().clone();
        let mut nodes = Vec::new();
        for number in 0..agents {
            nodes.push(register(&app, number).await?);
        }
        let shutdown = CancellationToken::new();
        let simulation = Simulation {
            server: format!("https://{}", server.gateway_address()),
            folder: folders.1.path().to_owned(),
            tokens: nodes.iter().map(|(_, token)| token.clone()).collect(),
            slots: 8,
            start_takes: START_TAKES,
        };
        let agents = tokio::spawn(simulate(simulation, shutdown.clone()));
        let tenant = tenant(&app).await?;
        let mut places = Vec::new();
        for (node, _) in nodes {
            tokio::time::timeout(PATIENCE, ready(&app, node)).await.context("an agent is not there")??;
            let allocate = Allocate { node, organization: tenant.0, project: tenant.1 };
            places.push((node, launch::execute(&app, &allocate).await?));
        }
        Ok(Self { server, places, tenant, agents, shutdown, _folders: folders })
    }

    pub(crate) fn app(&self) -> Arc<App> {
        self.server.app().clone()
    }

    pub(crate) fn log(&self) -> Log {
        self.server.log().clone()
    }

    /// A launch, on each node in turn.
    pub(crate) fn launch(&self, number: usize) -> Launch {
        let (node, allocation) = self.places[number % self.places.len()];
        Launch { node, allocation, organization: self.tenant.0, project: self.tenant.1 }
    }

    /// Ends the agents, then the server.
    pub(crate) async fn end(self) {
        self.shutdown.cancel();
        // They were of use until now; how they end is not measured.
        drop(self.agents.await);
        self.server.shutdown().await;
    }
}

/// An organization with a project.
async fn tenant(app: &App) -> Result<(OrganizationId, ProjectId)> {
    let organization = CreateOrganization { slug: "bench".to_owned(), display_name: "Bench".to_owned() };
    let organization = launch::execute(app, &organization).await?;
    let project = CreateProject { organization, slug: "bench".to_owned(), display_name: "Bench".to_owned() };
    Ok((organization, launch::execute(app, &project).await?))
}

async fn register(app: &App, number: usize) -> Result<(NodeId, EnrollmentToken)> {
    let system = Context::system([1; 16]);
    let register = RegisterNode { name: Text::new(format!("node-{number}"))?, simulated: true };
    let node = app.engine.execute(&system, &register).await?.id;
    let issued = app.engine.execute(&system, &IssueEnrollment { node, seconds: 3_600 }).await?;
    let secret: Digest = issued.secret.context("a new token has a secret")?.parse()?;
    let ca_fingerprint = app.gateway.authority.fingerprint();
    Ok((node, EnrollmentToken { enrollment: issued.id, secret: secret.0, ca_fingerprint }))
}

/// Waits until a node is there, and has said what it can do.
async fn ready(app: &App, node: NodeId) -> Result<()> {
    loop {
        let (state, _) = app.engine.state::<Node>(node).await?;
        let details = state.details().context("the node is registered")?;
        ensure!(!matches!(state, Node::Banned { .. }), "the node is banned");
        if matches!(details.presence, Presence::Online { .. }) && details.runtime.is_some() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
