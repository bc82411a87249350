//! Signs of life.

use std::sync::Arc;
use std::time::Duration;

use gpuaas_domain::bounded::Text;
use gpuaas_domain::node_protocol::heartbeat::{Heartbeat, HeartbeatAnswer};
use gpuaas_domain::node_protocol::output::Lifecycle;
use gpuaas_domain::node_protocol::path;

use super::Agent;
use crate::{VERSION, clock};

/// Between heartbeats until the server says how long, and while it does not answer.
const EVERY: Duration = Duration::from_secs(10);
/// A clock that is further off than this is worth a warning.
const CLOCK_OFF: u64 = 2_000_000;

impl Agent {
    /// Says that the agent is there.
    pub(super) async fn beat_forever(self: Arc<Self>) {
        loop {
            let pause = match self.beat().await {
                Some(answer) => Duration::from_secs(u64::from(answer.interval_seconds.max(1))),
                None => EVERY,
            };
            tokio::time::sleep(pause).await;
        }
    }

    async fn beat(&self) -> Option<HeartbeatAnswer> {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let (running, waiting) = self.journal.read(|state| {
            let runs = state.works.values().filter(|work| work.lifecycle() == Lifecycle::Running);
            (runs.count(), state.outbox.len())
        });
        let heartbeat = Heartbeat {
            boot_id: self.boot_id.clone(),
            agent_version: Text::clipped(VERSION),
            at: clock::now(),
            running: count(running),
            waiting_reports: count(waiting),
        };
        let answer: HeartbeatAnswer = self.gateway.post(path::HEARTBEAT, &heartbeat).await.ok()?;
        let off = answer.server_time.0.abs_diff(clock::now().0);
        if off > CLOCK_OFF {
            tracing::warn!(
                microseconds = off,
                "this node's clock and the server's differ; attestations may be refused"
            );
        }
        Some(answer)
    }
}
