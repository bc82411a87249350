//! What the server says over the one long answer that the agent holds open.

use serde::{Deserialize, Serialize};

use super::answers;
use super::logs::LogRequest;
use super::task::TaskEnvelope;
use crate::bounded::Text;
use crate::id::{InstanceId, NodeId, TaskId, TunnelId};
use crate::time::Timestamp;

/// Seconds of silence after which an agent takes the stream for dead; the server pings twice in it.
pub const SILENCE_SECONDS: u64 = 30;

/// One line of the stream. A kind that the agent does not know is an error of the stream: the
/// server speaks only what the agent's version reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerFrame {
    /// The first line.
    Welcome(Welcome),
    /// A task. Those that have not ended are sent anew after each connect, in the order in which they were queued.
    Task(Box<TaskEnvelope>),
    /// A task is to be left off.
    Cancel(Cancel),
    /// A tunnel is to be opened, by a request of the agent.
    Tunnel(TunnelRequest),
    /// Log lines are wanted.
    Logs(LogRequest),
    /// The connection is alive.
    Ping(Ping),
    /// The last line: why the server ends the stream.
    Goodbye(Goodbye),
}

answers! {
    /// Who speaks with whom.
    pub struct Welcome {
        /// The node that the connection is.
        pub node: NodeId,
        /// Its name.
        pub name: Text<48>,
        /// The server's time.
        pub server_time: Timestamp,
        /// Seconds between attestations.
        pub attestation_seconds: u32,
    }

    /// A task is to be left off.
    pub struct Cancel {
        /// Which.
        pub task: TaskId,
    }

    /// A tunnel is to be opened.
    pub struct TunnelRequest {
        /// What the agent's request has to name.
        pub tunnel: TunnelId,
        /// To which workload.
        pub instance: InstanceId,
        /// Its generation.
        pub generation: u64,
        /// To which of its declared endpoints.
        pub endpoint: Text<48>,
    }

    /// The connection is alive.
    pub struct Ping {
        /// The server's time.
        pub server_time: Timestamp,
    }

    /// Why the stream ends.
    pub struct Goodbye {
        /// A stable code: `node_banned`, or one that says when to come back.
        pub code: Text<64>,
        /// What to do.
        pub message: Text<300>,
    }
}
