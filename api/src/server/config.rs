//! What a server is told.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::archive::Place;
use crate::auth::admin::Missing;
use crate::gateway;
use crate::http::rate::Rate;
use crate::outgoing::{Images, ListedWitness};
use crate::publication::Publication;
use crate::signing::KeySource;
use crate::webhooks;

pub use gpuaas_relay::jetstream::Settings as MirrorSettings;

/// Where log and read models are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// SQLite, in the data directory.
    Embedded,
    /// Postgres.
    Postgres {
        /// `postgres://user@host/database`, of the log.
        log: String,
        /// Of the read models; may be the same.
        read: String,
        /// Most connections for the read models.
        connections: u32,
    },
}

/// What a server does besides answering requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Keeps the read models up.
    Projections,
    /// Signs checkpoints. One server has this role.
    Checkpointer,
    /// Does what follows from what happened: places, launches, meters, rates, sends to webhooks.
    Policies,
    /// Keeps the mirror of the log up, where there is to be one. Any number of servers may.
    Relay,
    /// Writes the archive. Several servers may.
    Archive,
}

/// How much a server takes on.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Requests per token, or per address without one; `None`: any number.
    pub rate: Option<Rate>,
    /// Most bytes of a body.
    pub body_bytes: usize,
    /// Longest time to an answer.
    pub request: Duration,
    /// Longest time to a request's headers.
    pub headers: Duration,
    /// Longest time that a client may read nothing of what is sent to it.
    pub stall: Duration,
    /// Open connections.
    pub connections: usize,
    /// Most bytes of the embedded log; `None`: as many as the disk has.
    pub log_bytes: Option<u64>,
    /// How long open requests may take when the server ends.
    pub drain: Duration,
    /// How often an open stream of events asks whether it may go on.
    pub recheck: Duration,
    /// Longest time to a witness's answer.
    pub witness: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rate: Some(Rate { per_second: 200.0, burst: 1_000.0 }),
            body_bytes: 1 << 20,
            request: Duration::from_secs(30),
            headers: Duration::from_secs(10),
            stall: Duration::from_secs(120),
            connections: 10_000,
            log_bytes: None,
            drain: Duration::from_secs(10),
            recheck: Duration::from_secs(1),
            witness: Duration::from_secs(10),
        }
    }
}

/// What a server is told.
#[derive(Debug, Clone)]
pub struct Config {
    /// Directory of what is this server's own: keys, admin token, embedded databases.
    pub data: PathBuf,
    /// Directory of the key store, if it is not `keys` in the data directory.
    pub keys: Option<PathBuf>,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What the node gateway is told.
    pub gateway: gateway::Settings,
    /// Where log and read models are.
    pub database: Database,
    /// The log's name for the outside, when it is made.
    pub origin: String,
    /// Host names that clients use, beside those of loopback.
    pub hosts: Vec<String>,
    /// What it does besides answering requests.
    pub roles: BTreeSet<Role>,
    /// Where images may come from.
    pub images: Images,
    /// What is sent to webhooks, and where.
    pub webhooks: webhooks::Settings,
    /// How often a checkpoint is signed, if there is something new.
    pub checkpoint_every: Duration,
    /// Keys that sign checkpoints, besides those of the key store.
    pub signing_keys: Vec<KeySource>,
    /// Who is asked to cosign checkpoints.
    pub witnesses: Vec<ListedWitness>,
    /// The NATS that the log is mirrored to, if there is to be a mirror.
    pub mirror: Option<MirrorSettings>,
    /// Where the log is archived, by the servers with that role.
    pub archive: Option<Place>,
    /// What of the log is for everybody.
    pub publication: Publication,
    /// How much it takes on.
    pub limits: Limits,
}

impl Config {
    /// The embedded start: everything in one directory, on loopback.
    #[must_use]
    pub fn embedded(data: impl Into<PathBuf>, listen: SocketAddr) -> Self {
        Self {
            data: data.into(),
            keys: None,
            listen,
            gateway: gateway::Settings::loopback(),
            database: Database::Embedded,
            origin: "gpuaas.local".to_owned(),
            hosts: Vec::new(),
            roles: BTreeSet::from([Role::Projections, Role::Checkpointer, Role::Policies, Role::Relay]),
            images: Images::default(),
            webhooks: webhooks::Settings::default(),
            checkpoint_every: Duration::from_secs(60),
            signing_keys: Vec::new(),
            witnesses: Vec::new(),
            mirror: None,
            archive: None,
            publication: Publication::default(),
            limits: Limits::default(),
        }
    }

    /// Directory of the key store.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.keys.clone().unwrap_or_else(|| self.data.join("keys"))
    }

    pub(super) fn missing_admin_token(&self) -> Missing {
        match self.database {
            Database::Embedded => Missing::Issue,
            Database::Postgres { .. } => Missing::OnlyFirst,
        }
    }
}
