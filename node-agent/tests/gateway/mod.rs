//! The agent's peer: a server that speaks the protocol over mTLS and keeps its state in the
//! domain's aggregates.

mod authority;
mod platform;
mod routes;
mod server;
mod tunnels;

pub(crate) use authority::Authority;
pub(crate) use platform::Platform;
pub(crate) use tunnels::Tunnel;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use gpuaas_domain::bounded::Text;
use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::{InstanceId, NodeId, RequestId, TaskId, TunnelId, TypedId};
use gpuaas_domain::node::{self, BanReason};
use gpuaas_domain::node_protocol::credential::Credential;
use gpuaas_domain::node_protocol::logs::{LogAnswer, LogRequest};
use gpuaas_domain::node_protocol::progress::PullProgress;
use gpuaas_domain::node_protocol::report::ReportItem;
use gpuaas_domain::node_protocol::stream::{Cancel, Goodbye, ServerFrame, TunnelRequest};
use gpuaas_domain::node_protocol::token::EnrollmentToken;
use gpuaas_domain::node_task::{End, TaskKind};
use serde::Serialize;
use tokio::sync::oneshot;
use uuid::Uuid;

/// How long anything in a test may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What passed through the gateway besides what the platform keeps.
#[derive(Default)]
pub(crate) struct Passed {
    pub(crate) heartbeats: BTreeMap<NodeId, u32>,
    pub(crate) progress: Vec<PullProgress>,
    pub(crate) credentials: BTreeMap<String, (Credential, u32)>,
    pub(crate) waiting_logs: BTreeMap<RequestId, oneshot::Sender<LogAnswer>>,
    pub(crate) waiting_tunnels: BTreeMap<TunnelId, oneshot::Sender<Tunnel>>,
    /// So many reports are accepted and their answers lost.
    pub(crate) lose_answers: u32,
    pub(crate) renewals: u32,
    pub(crate) recoveries: u32,
}

/// A running gateway.
#[derive(Clone)]
pub(crate) struct Gateway {
    pub(crate) address: String,
    pub(crate) authority: Arc<Authority>,
    platform: Arc<Mutex<Platform>>,
    passed: Arc<Mutex<Passed>>,
    /// How long a certificate lasts.
    lifetime: Arc<Mutex<Duration>>,
    /// Seconds between attestations.
    pub(crate) attestation_seconds: u32,
}

impl Gateway {
    pub(crate) async fn start() -> Self {
        Self::start_with(Duration::from_secs(3600), 60).await
    }

    /// With certificates that last so long, and so many seconds between attestations.
    pub(crate) async fn start_with(lifetime: Duration, attestation_seconds: u32) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gateway = Self {
            address: format!("https://{}", listener.local_addr().unwrap()),
            authority: Arc::new(Authority::new()),
            platform: Arc::default(),
            passed: Arc::default(),
            lifetime: Arc::new(Mutex::new(lifetime)),
            attestation_seconds,
        };
        tokio::spawn(server::serve(listener, gateway.clone()));
        gateway
    }

    pub(crate) fn platform(&self) -> MutexGuard<'_, Platform> {
        self.platform.lock().unwrap()
    }

    pub(crate) fn passed(&self) -> MutexGuard<'_, Passed> {
        self.passed.lock().unwrap()
    }

    pub(crate) fn lifetime(&self) -> Duration {
        *self.lifetime.lock().unwrap()
    }

    pub(crate) fn set_lifetime(&self, lifetime: Duration) {
        *self.lifetime.lock().unwrap() = lifetime;
    }

    /// A node that may enroll, with a token that expires after so long.
    pub(crate) fn register_with(&self, simulated: bool, lasts: Duration) -> (NodeId, EnrollmentToken) {
        self.platform().register(simulated, lasts, self.authority.fingerprint())
    }

    pub(crate) fn register(&self, simulated: bool) -> (NodeId, EnrollmentToken) {
        self.register_with(simulated, PATIENCE)
    }

    /// Queues a task and sends it if the node is connected.
    pub(crate) fn queue(&self, node: NodeId, kind: TaskKind, generation: u64, spec: &impl Serialize) -> TaskId {
        self.queue_text(node, kind.as_str(), generation, serde_json::to_string(spec).unwrap(), |_| ())
    }

    /// Queues what may be no task at all.
    pub(crate) fn queue_text(
        &self,
        node: NodeId,
        kind: &str,
        generation: u64,
        spec: String,
        change: impl FnOnce(&mut gpuaas_domain::node_protocol::task::TaskEnvelope),
    ) -> TaskId {
        self.platform().queue(node, kind, generation, spec, change)
    }

    /// Sends a task again, as after a reconnect.
    pub(crate) fn deliver_again(&self, task: TaskId) {
        self.platform().deliver_again(task);
    }

    pub(crate) fn cancel(&self, node: NodeId, task: TaskId) {
        self.platform().cancel(task);
        self.platform().send(node, ServerFrame::Cancel(Cancel { task }));
    }

    /// How a task ended.
    pub(crate) async fn end(&self, task: TaskId) -> End {
        self.eventually("the task's end", || self.platform().end(task)).await
    }

    /// What `look` finds, as soon as it finds it.
    pub(crate) async fn eventually<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(tokio::time::Instant::now() < deadline, "waited too long for {what}: {}", self.platform().tell());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Everything that a node reported, in order.
    pub(crate) fn items(&self, node: NodeId) -> Vec<ReportItem> {
        self.platform().items(node)
    }

    pub(crate) async fn online(&self, node: NodeId) {
        self.eventually("the node to connect", || self.platform().is_connected(node).then_some(())).await;
    }

    /// Bans a node, and closes its stream.
    pub(crate) fn ban(&self, node: NodeId) {
        let mut platform = self.platform();
        platform.command(node, node::Command::Ban(BanReason::Operator)).unwrap();
        let code = Text::clipped("node_banned");
        platform.send(node, ServerFrame::Goodbye(Goodbye { code, message: Text::clipped("banned") }));
        platform.disconnect(node);
    }

    /// A node's log lines.
    pub(crate) async fn logs(&self, node: NodeId, instance: InstanceId, from: u64, limit: u32) -> LogAnswer {
        let request = RequestId::from_uuid(Uuid::now());
        let (answer, answered) = oneshot::channel();
        self.passed().waiting_logs.insert(request, answer);
        self.platform().send(node, ServerFrame::Logs(LogRequest { request, instance, from, limit }));
        tokio::time::timeout(PATIENCE, answered).await.unwrap().unwrap()
    }

    /// A tunnel to a workload, or why there is none.
    pub(crate) async fn tunnel(
        &self,
        node: NodeId,
        instance: InstanceId,
        generation: u64,
        endpoint: &str,
    ) -> Result<Tunnel, String> {
        let tunnel = TunnelId::from_uuid(Uuid::now());
        let (open, opened) = oneshot::channel();
        self.passed().waiting_tunnels.insert(tunnel, open);
        let endpoint = Text::clipped(endpoint);
        self.platform().send(node, ServerFrame::Tunnel(TunnelRequest { tunnel, instance, generation, endpoint }));
        let mut tunnel = tokio::time::timeout(PATIENCE, opened).await.unwrap().unwrap();
        tunnel.opened().await.map(|()| tunnel)
    }
}

/// Ids that are new in every run: names in the engine are made of them.
pub(crate) trait New {
    fn now() -> Self;
}

impl New for Uuid {
    fn now() -> Self {
        Uuid::from_bytes(rand_bytes())
    }
}

pub(crate) fn rand_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    std::io::Read::read_exact(&mut std::fs::File::open("/dev/urandom").unwrap(), &mut bytes).unwrap();
    bytes
}

pub(crate) fn digest(bytes: &[u8]) -> Digest {
    Digest(*blake3::hash(bytes).as_bytes())
}
