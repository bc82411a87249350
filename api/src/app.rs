//! What every handler can reach.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gpuaas_commands::{Effects as _, Engine};
use gpuaas_domain::launch_checks::Environment;
use gpuaas_relay::Feed;
use tokio_util::sync::CancellationToken;

use crate::gateway::Gateway;
use crate::http::position::Positions;
use crate::http::rate::Limiter;
use crate::keystore::{Tokens, World};
use crate::log_export::Exports;
use crate::reads::Reads;

/// One server's parts.
pub struct App {
    /// The write side.
    pub engine: Engine,
    /// The read side.
    pub reads: Reads,
    /// The log outward.
    pub feed: Feed,
    /// The log as files.
    pub exports: Exports,
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
