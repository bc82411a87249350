//! The node gateway: the server's side of [`gpuaas_domain::node_protocol`], on a port of
//! its own, over mTLS.
//!
//! A node's certificate is checked with every request, on the log: a connection outlives
//! a ban. What a node is told follows from the log alone ([`queues`], [`follow`]), so any
//! server can tell it; what passes through without being kept (log lines, tunnels, how
//! far an image has come) needs the server that the node is connected to.
//!
//! What this is not for: rules about nodes (`domain`), and what a report leads to
//! (`commands`).

mod caller;
mod credentials;
mod enrollment;
mod follow;
mod heartbeat;
mod lines;
mod listener;
mod logs;
mod presence;
mod progress;
mod queues;
mod recovery;
mod reports;
mod router;
mod session;
mod settings;
mod signature;
mod stream;
mod tls;
mod tunnels;
mod waiting;

use std::sync::Arc;

use gpuaas_domain::id::{InstanceId, NodeId, RequestId, TunnelId};
use gpuaas_domain::node_protocol::logs::LogAnswer;
use gpuaas_domain::node_protocol::progress::PullProgress;

use crate::certificates::Authority;

pub use logs::lines as log_lines;
pub use settings::Settings;
pub use tunnels::{Opened, Tunnel, open as open_tunnel};

pub(crate) use tunnels::{switch, switching};

pub(crate) use listener::serve;
pub(crate) use presence::sweep;
pub(crate) use router::router;
pub use tls::TlsError;
pub(crate) use tls::server_config;

pub(crate) use follow::follow;
use lines::Lines;
pub(crate) use presence::Presence;
use queues::Queues;
use waiting::Waiting;

/// What the gateway keeps in memory.
pub struct Gateway {
    /// The CA.
    pub authority: Arc<Authority>,
    /// What it is told.
    pub settings: Settings,
    /// What each node is to do.
    pub(crate) queues: Queues,
    /// The nodes' open connections.
    pub(crate) lines: Lines,
    /// When each was heard.
    pub(crate) presence: Presence,
    /// Log lines that were asked for.
    pub(crate) logs: Waiting<RequestId, LogAnswer>,
    /// Tunnels that were asked for.
    pub(crate) tunnels: Waiting<TunnelId, Tunnel>,
}

impl Gateway {
    /// A gateway to which nobody is connected.
    #[must_use]
    pub(crate) fn new(authority: Arc<Authority>, settings: Settings, presence: Presence) -> Self {
        Self {
            authority,
            settings,
            presence,
            queues: Queues::default(),
            lines: Lines::default(),
            logs: Waiting::default(),
            tunnels: Waiting::default(),
        }
    }

    /// How far the image of a workload on a node has come, while it is fetched.
    #[must_use]
    pub fn image_progress(&self, node: NodeId, instance: InstanceId) -> Option<PullProgress> {
        self.queues.progress(node, instance)
    }
}
