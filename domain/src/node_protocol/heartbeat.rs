//! Signs of life. They are not events; what they change is.

use super::answers;
use crate::bounded::Text;
use crate::event::fields;
use crate::time::Timestamp;

fields! {
    /// The agent is there.
    pub struct Heartbeat {
        /// The kernel's id of this boot.
        pub boot_id: Text<40>,
        /// The agent's version.
        pub agent_version: Text<40>,
        /// The node's time.
        pub at: Timestamp,
        /// Workloads that run.
        pub running: u32,
        /// Reports that wait to be sent.
        pub waiting_reports: u32,
    }
}

answers! {
    /// The server heard it.
    pub struct HeartbeatAnswer {
        /// The server's time.
        pub server_time: Timestamp,
        /// Seconds until the next heartbeat.
        pub interval_seconds: u32,
    }
}
