//! Executors: whatever runs workloads, behind one trait with one input and one output.

mod failure;
mod simulated;

pub(crate) use failure::{ended, failed, left_off};
pub(crate) use simulated::Simulated;

use std::net::SocketAddr;

use async_trait::async_trait;
use futures::stream::BoxStream;
use gpuaas_domain::Timestamp;
use gpuaas_domain::bounded::Text;
use gpuaas_domain::id::InstanceId;
use gpuaas_domain::node::RuntimeStatus;
use gpuaas_domain::node_protocol::credential::Credential;
use gpuaas_domain::node_protocol::logs::LogStream;
use gpuaas_domain::node_protocol::output::{ExecutorOutput, Failure};
use gpuaas_domain::node_protocol::task::{ConfigDigest, ControlAction, Identity};

use crate::journal::{JournalError, Work};

/// How a container is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Motion {
    /// Made, never started.
    Created,
    /// It runs.
    Running,
    /// It was frozen by somebody else.
    Paused,
    /// It ended.
    Exited {
        /// How.
        code: i64,
        /// Whether the kernel ended it at its memory limit.
        out_of_memory: bool,
    },
}

/// A workload's container, as it was seen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sighting {
    /// The engine's id.
    pub(crate) container: Text<80>,
    /// Config digest of its image.
    pub(crate) image: ConfigDigest,
    /// How it is.
    pub(crate) motion: Motion,
    /// When it was started last.
    pub(crate) started_at: Option<Timestamp>,
    /// When it ended last.
    pub(crate) finished_at: Option<Timestamp>,
}

/// A line, or part of one, that a workload wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WrittenLine {
    /// Nanoseconds since the Unix epoch, as the engine has them: what to follow on from.
    pub(crate) nanos: i128,
    /// Where to.
    pub(crate) stream: LogStream,
    /// What.
    pub(crate) text: String,
}

/// What an executor needs of the agent while it launches.
#[async_trait]
pub(crate) trait Host: Send + Sync {
    /// Fetches what the task names. It is not kept.
    async fn credential(&self, reference: &Text<120>) -> Result<Credential, Failure>;

    /// Returns once the launch is to be left off. An executor leaves off where nothing is half done: while it waits.
    async fn cancelled(&self);

    /// Remembers that a container is made, before it is started.
    fn created(&self, container: &Text<80>, image: &ConfigDigest) -> Result<(), JournalError>;

    /// Says that the container was started: what it writes can be followed.
    fn started(&self);

    /// Says how far the image has come.
    fn pulled(&self, layers: (u32, u32), bytes: (u64, u64));
}

/// Whatever runs workloads. Each call may be repeated: it makes things so, and does not count
/// how often it was asked. An output without a failure in its history is a success.
#[async_trait]
pub(crate) trait Executor: Send + Sync + 'static {
    /// Its name.
    fn engine(&self) -> &'static str;

    /// Whether its workloads have ports that can be dialled.
    fn is_reachable(&self) -> bool;

    /// What it can do.
    async fn status(&self) -> RuntimeStatus;

    /// Makes the workload run and waits until it is ready. One that is there is adopted if
    /// its digests hold; one that has ended is not started again.
    async fn launch(&self, work: &Work, host: &dyn Host) -> ExecutorOutput;

    /// Starts, stops or restarts. A restart that has happened after `since` is not repeated.
    async fn control(&self, work: &Work, action: ControlAction, grace_seconds: u32, since: Timestamp)
    -> ExecutorOutput;

    /// Removes all that belongs to a workload, whether or not the journal knows it.
    async fn remove(&self, identity: &Identity, generation: u64, grace_seconds: u32) -> ExecutorOutput;

    /// The workload's container; `None` if it is not there.
    async fn sight(&self, work: &Work) -> Result<Option<Sighting>, Failure>;

    /// Workloads to look at, as soon as something happens to them. Ends when the engine is lost.
    async fn changes(&self) -> BoxStream<'static, InstanceId>;

    /// What a workload writes, from after a moment on, until it ends.
    async fn written(&self, work: &Work, after_nanos: i128) -> BoxStream<'static, WrittenLine>;

    /// Where the workload's port can be dialled from the host.
    async fn address(&self, work: &Work, port: u16) -> Result<SocketAddr, Failure>;
}
