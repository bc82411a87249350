//! Wires everything into a server: stores, log, write side, read side, feed, HTTP.

mod answers;
mod archive;
mod config;
mod facts;
mod health;
pub(crate) mod listener;
mod policies;
mod router;
mod stall;
mod stores;
mod tasks;

use std::net::SocketAddr;
use std::sync::Arc;

use gpuaas_commands::{AccessRules, Engine, Refusal};
use gpuaas_log::Log;
use gpuaas_log::checkpointer::CheckpointerError;
use gpuaas_log::log::OpenError;
use gpuaas_log::store::StoreError;
use gpuaas_projections::queries::Queries;
use gpuaas_projections::{Answers, Deliveries, Heard, ReadError};
use gpuaas_relay::Feed;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::app::{App, Shared};
use crate::archive::PlaceError;
use crate::auth::admin;
use crate::certificates::{Authority, AuthorityError};
use crate::gateway::{self, Gateway, Presence, TlsError};
use crate::http::measure;
use crate::http::position::Positions;
use crate::http::rate::Limiter;
use crate::keystore::{KeyStoreError, Tokens, World, now};
use crate::log_export::Exports;
use crate::reads::Reads;
use crate::signing::{LogKeyError, LogKeys};
use crate::witnessing::Witnesses;
use answers::KeptAnswers;
use facts::ReadFacts;
use tasks::Tasks;

pub use config::{Config, Database, Limits, MirrorSettings, Role};

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory cannot be used.
    #[error("the data directory {path} cannot be used: {source}")]
    Data {
        /// The directory.
        path: std::path::PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The address for nodes cannot be listened on.
    #[error("cannot listen for nodes on {address}: {source}")]
    ListenForNodes {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The key store cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyStoreError),
    /// The log was written with another key store than the one that is there.
    #[error(
        "the log was written with a key store that is not here: {missing} is missing; put the key store back from \
         its own backup, without which names, sealed fields and tokens of this log are lost",
        missing = missing.display()
    )]
    KeysMissing {
        /// The key that is not there.
        missing: std::path::PathBuf,
    },
    /// There is no CA for nodes.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The gateway for nodes cannot speak TLS.
    #[error("the gateway for nodes: {0}")]
    Gateway(#[from] TlsError),
    /// The log's store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// What this program writes cannot be declared in the log.
    #[error("the log does not take this program's declarations: {0}")]
    Declare(gpuaas_log::append::AppendError),
    /// The name of the log is not one.
    #[error("{0:?} is not a name for a log: use a host name, without white space and +")]
    Origin(String),
    /// The read database cannot be used.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The operator's account cannot be made.
    #[error("the operator's account cannot be made: {0}")]
    Admin(Refusal),
    /// A key that signs checkpoints cannot be used.
    #[error(transparent)]
    LogKey(#[from] LogKeyError),
    /// The role that signs checkpoints cannot be taken up.
    #[error(transparent)]
    Checkpointer(#[from] CheckpointerError),
    /// The role that archives has no place.
    #[error("this server is to write the archive, and was not told where it is")]
    NoArchive,
    /// The archive cannot be used.
    #[error(transparent)]
    Archive(#[from] PlaceError),
}

/// A running server.
pub struct Server {
    address: SocketAddr,
    gateway: SocketAddr,
    app: Shared,
    log: Log,
    tasks: Tasks,
    closing: CancellationToken,
}

/// Starts a server. It answers when this does.
pub async fn serve(config: Config) -> Result<Server, StartError> {
    measure::install();
    stores::data_directory(&config.data)?;
    let listen = |(address, source)| StartError::Listen { address, source };
    let (listener, address) = bind(config.listen).await.map_err(listen)?;
    let listen = |(address, source)| StartError::ListenForNodes { address, source };
    let (node_listener, gateway) = bind(config.gateway.listen).await.map_err(listen)?;

    let archive = archive::objects(&config)?;
    let log_store = stores::log_store(&config).await?;
    let keys = Arc::new(stores::keys(&config, &*log_store).await?);
    let authority = Arc::new(Authority::open(&keys, now())?);
    let tls = gateway::server_config(authority.clone(), config.gateway.all_names())?;
    let log = stores::log(&config, log_store, &keys).await?;
    let log_keys = LogKeys::open(log.origin(), keys.clone(), &config.signing_keys)?;
    // Whoever signs asks them.
    let signs = config.roles.contains(&Role::Checkpointer);
    let witnesses = Witnesses::new(&config.witnesses, signs);
    let read = stores::read(&config).await?;
    let world = World::new(keys.clone(), config.webhooks.destinations.clone());
    let tokens = Tokens::new(&keys, log.origin());
    let answers = Arc::new(KeptAnswers::new(Answers::new(read.clone())));
    let engine = Engine::new(log.clone(), AccessRules::compiled_in(), Arc::new(world.clone()), answers);
    let admin_token = config.data.join("admin.token");
    let missing = config.missing_admin_token();
    admin::ensure(&engine, &world, &tokens, &admin_token, missing).await.map_err(StartError::Admin)?;

    engine.provide_facts(Arc::new(ReadFacts::new(Queries::new(read.clone()), Deliveries::new(read.clone()))));

    let closing = CancellationToken::new();
    let app = Arc::new(App {
        reads: Reads::new(Queries::new(read.clone())),
        gateway: Gateway::new(authority, config.gateway.clone(), Presence::new(Heard::new(read.clone()), now())),
        environment: Arc::new(config.images.environment()),
        feed: Feed::new(log.clone()),
        exports: Exports::new(witnesses.clone()),
        deliveries: Deliveries::new(read.clone()),
        publication: config.publication,
        positions: Positions::of(log.log_id()),
        limiter: Limiter::new(config.limits.rate),
        body_limit: config.limits.body_bytes,
        recheck: config.limits.recheck,
        closing: closing.clone(),
        engine,
        log_keys,
        witnesses,
        world,
        tokens,
        admin_token,
    });
    let mut tasks = Tasks::new(closing.clone());
    let health = tasks.start_roles(&config, &app, &log, &read, archive);
    let router = router::router(&config, address, app.clone(), health);
    tasks.spawn(listener::serve(listener, router, config.limits, closing.clone()));
    let nodes = gateway::router(app.clone(), config.limits.request);
    let handshake = config.gateway.handshake;
    tasks.spawn(gateway::serve(node_listener, tls, handshake, nodes, config.limits, closing.clone()));
    tracing::info!(%address, %gateway, log = %log.origin(), "serving");
    Ok(Server { address, gateway, app, log, tasks, closing })
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), (SocketAddr, std::io::Error)> {
    let at = |source| (address, source);
    let listener = TcpListener::bind(address).await.map_err(at)?;
    let bound = listener.local_addr().map_err(at)?;
    Ok((listener, bound))
}

impl Server {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens for nodes.
    #[must_use]
    pub fn gateway_address(&self) -> SocketAddr {
        self.gateway
    }

    /// Its parts, for whoever runs in the same process.
    #[must_use]
    pub fn app(&self) -> &Shared {
        &self.app
    }

    /// The log that it serves.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Ends it: open requests are answered, streams end, what waits is appended.
    pub async fn shutdown(self) {
        self.closing.cancel();
        self.tasks.end().await;
        let trace = rand::random::<u128>().max(1).to_be_bytes();
        if let Err(refusal) = self.app.engine.flush_denials(trace, true).await {
            tracing::warn!(%refusal, "denials that were counted could not be recorded");
        }
        drop(self.app);
        self.log.close().await;
    }
}
