//! Starting: from a folder to a running agent.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Agent;
use super::lanes::Lanes;
use crate::config::{Config, Engine};
use crate::endpoints::Endpoints;
use crate::error::AgentError;
use crate::executor::{Executor, Simulated};
use crate::folder::Folder;
use crate::gateway::{Endpoint, Gateway};
use crate::identity::{self, Certificate, IdentityError, NodeKey};
use crate::journal::Journal;
use crate::logs::{Followers, Logs};
use crate::oci::Docker;
use crate::report::{Reporter, send_forever};
use crate::{clock, inventory};

/// Seconds between attestations until the server says how many.
const ATTEST_EVERY: Duration = Duration::from_secs(60);

/// Runs an agent until `shutdown`. What runs on the node goes on; the next agent adopts it.
pub async fn run(config: Config, shutdown: CancellationToken) -> Result<(), AgentError> {
    let folder = Arc::new(Folder::take(&config.folder)?);
    let server = Endpoint::parse(&config.server)?;
    let key = Arc::new(NodeKey::load_or_make(&folder)?);
    let certificate = tokio::select! {
        certificate = identify(&server, &folder, &key, &config) => certificate?,
        () = shutdown.cancelled() => return Ok(()),
    };
    let gateway = Arc::new(Gateway::new(server, identity::client_config(&certificate, &key)?));
    let (fatal, mut failed) = mpsc::channel(1);
    let agent = Arc::new(assemble(&folder, &config, Arc::clone(&key), &certificate, Arc::clone(&gateway), fatal)?);
    tracing::info!(node = %agent.node, server = %config.server, "agent started");
    let mut parts = JoinSet::new();
    parts.spawn(identity::renew_forever(gateway, folder, key, certificate));
    let (reporter, gateway) = (Arc::clone(&agent.reporter), Arc::clone(&agent.gateway));
    let sender = send_forever(reporter, gateway);
    agent.resume();
    parts.spawn(Arc::clone(&agent).serve_forever());
    parts.spawn(Arc::clone(&agent).watch_forever());
    parts.spawn(Arc::clone(&agent).attest_forever());
    parts.spawn(Arc::clone(&agent).describe_forever());
    parts.spawn(Arc::clone(&agent).beat_forever());
    tokio::select! {
        error = sender => Err(error.into()),
        Some(error) = failed.recv() => Err(error.into()),
        () = shutdown.cancelled() => Ok(()),
    }
}

/// The certificate in force: the stored one, one got back for it, or a new one for the token.
async fn identify(
    server: &Endpoint,
    folder: &Folder,
    key: &NodeKey,
    config: &Config,
) -> Result<Certificate, IdentityError> {
    match Certificate::load(folder)? {
        Some(stored) if stored.has_expired(clock::now()) => {
            persist(|| identity::recover(server, folder, key, &stored)).await
        }
        Some(stored) => Ok(stored),
        None => {
            let token = config.token.as_ref().ok_or(IdentityError::NoToken)?;
            persist(|| identity::enroll(server, folder, key, token)).await
        }
    }
}

/// Tries again as long as that can help.
async fn persist<F: Future<Output = Result<Certificate, IdentityError>>>(
    attempt: impl Fn() -> F,
) -> Result<Certificate, IdentityError> {
    loop {
        match attempt().await {
            Err(IdentityError::Gateway(error)) if error.is_retryable() => {
                tracing::warn!(%error, "no certificate yet; trying again");
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
            done => return done,
        }
    }
}

fn assemble(
    folder: &Folder,
    config: &Config,
    key: Arc<NodeKey>,
    certificate: &Certificate,
    gateway: Arc<Gateway>,
    fatal: mpsc::Sender<crate::journal::JournalError>,
) -> Result<Agent, AgentError> {
    let machine = |what| move |error| AgentError::Machine { what, error };
    let node = certificate.node();
    // What is simulated ends with the process, so nothing of it is worth a wait for the disk.
    let (executor, durable): (Arc<dyn Executor>, bool) = match &config.engine {
        Engine::Docker { host } => (Arc::new(Docker::at(host.as_deref(), node, config.allow_local_images)), true),
        Engine::Simulated { start_takes } => (Arc::new(Simulated::new(*start_takes)), false),
    };
    let journal = Arc::new(Journal::open(&folder.file("journal"), durable)?);
    let boot_id = clock::boot_id().map_err(machine("the kernel's boot id"))?;
    let reporter = Arc::new(Reporter::new(node, key, Arc::clone(&journal), boot_id.clone()));
    let logs = Arc::new(Logs::new(folder.file("logs")).map_err(machine("a folder for logs"))?);
    Ok(Agent {
        node,
        boot_id,
        inventory: inventory::read(&config.inventory)?,
        gateway,
        reporter,
        executor,
        endpoints: Endpoints::new(Arc::clone(&journal)),
        journal,
        logs,
        followers: Followers::default(),
        lanes: Lanes::default(),
        cancels: Mutex::new(BTreeMap::new()),
        looked_at: Mutex::new(BTreeSet::new()),
        attest_every: watch::Sender::new(ATTEST_EVERY),
        fatal,
    })
}
