//! What every handler can reach.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gpuaas_commands::{Effects as _, Engine};
use gpuaas_domain::launch_checks::Environment;
use gpuaas_projections::Deliveries;
use gpuaas_relay::Feed;
use tokio_util::sync::CancellationToken;

use crate::gateway::Gateway;
use crate::http::position::Positions;
use crate::http::rate::Limiter;
use crate::keystore::{Tokens, World};
use crate::log_export::Exports;
use crate::publication::Publication;
use crate::reads::Reads;
use crate::signing::LogKeys;
use crate::witnessing::Witnesses;

/// One server's parts.
pub struct App {
    /// The write side.
    pub engine: Engine,
    /// The read side.
    pub reads: Reads,
    /// The log outward.
    pub feed: Feed,
    /// How far webhooks have come.
    pub deliveries: Deliveries,
    /// The log as files.
    pub exports: Exports,
    /// Keys that sign the log's checkpoints.
    pub log_keys: LogKeys,
    /// Who cosigns them, if this server signs.
    pub witnesses: Witnesses,
    /// What of the log is for everybody.
    pub publication: Publication,
    /// Time, randomness and keys.
    pub world: World,
    /// Signs tokens and reads them.
    pub tokens: Tokens,
    /// What the node gateway keeps in memory.
    pub gateway: Gateway,
    /// What launches are checked against.
    pub environment: Arc<Environment>,
    /// How positions are told to clients.
    pub positions: Positions,
    /// How much each caller may ask.
    pub limiter: Limiter,
    /// Most bytes of a body.
    pub body_limit: usize,
    /// How often an open stream of events asks whether it may go on.
    pub recheck: Duration,
    /// Where the operator's token is kept.
    pub admin_token: PathBuf,
    /// Cancelled when the server is about to end.
    pub closing: CancellationToken,
}

/// The parts, shared by all handlers.
pub type Shared = Arc<App>;

impl App {
    /// The time, by this process's clock.
    #[must_use]
    pub fn now(&self) -> gpuaas_domain::Timestamp {
        self.world.now()
    }
}
