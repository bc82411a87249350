//! Workloads as containers of a Docker engine.
//!
//! | rule | how it holds |
//! |---|---|
//! | only what was pinned runs | [`image`]: manifest digest against `RepoDigests`, config digest against the container, before create and at adoption |
//! | no more rights than a process needs | [`container`]: no new privileges, no capabilities, no privileged mode |
//! | no more than its share | [`container`]: processors, memory without swap, processes; a read-only root, scratch in memory with a size, bounded engine logs |
//! | no way to the host, the metadata address or a neighbour | [`network`]: an internal network for each workload, which has no way out; [`isolation`]: a rule of the host's firewall for the one address that is left, the bridge's own |
//! | nothing happens twice | names and labels made of instance and generation ([`labels`]); a container that ended is not started by a launch |
//!
//! Each rule is tried from inside a container, with a probe that is known to work, by the tests
//! `docker::rules`, `docker::isolation`, `docker::images` and `docker::crash`. The firewall's
//! rule needs root and `iptables` on the engine's host; where it cannot be put in place,
//! launches are refused and the runtime status says so.
//!
//! What a workload cannot do either, for now: reach the internet. An allowance for that
//! would be a network of another kind, not an exception in these rules.

mod container;
mod control;
mod engine;
mod events;
mod failure;
mod image;
mod isolation;
mod labels;
mod launch;
mod leftovers;
mod load;
mod network;
mod output;
mod pull;
mod readiness;
mod sight;
mod subnets;
mod written;

use std::net::SocketAddr;

use async_trait::async_trait;
use futures::stream::BoxStream;
use gpuaas_domain::Timestamp;
use gpuaas_domain::id::{InstanceId, NodeId};
use gpuaas_domain::node::RuntimeStatus;
use gpuaas_domain::node_protocol::output::{ExecutorOutput, Failure, FailureCode};
use gpuaas_domain::node_protocol::task::{ControlAction, Identity};

use crate::executor::{Executor, Host, Sighting, WrittenLine};
use crate::journal::Work;
use engine::Engine;
pub use load::{LoadImageError, load_image};

/// The engine's name in reports.
const ENGINE: &str = "docker";

/// Takes the rules of the host's firewall away if no workload has a network any more: for
/// whoever removes workloads in an agent's place.
pub async fn lift_isolation() -> Result<(), Failure> {
    isolation::lift_if_unused().await
}

/// A Docker engine, and the node that uses it.
pub(crate) struct Docker {
    engine: Engine,
    node: NodeId,
    allow_local_images: bool,
}

impl Docker {
    /// The engine at an address. It need not be there yet.
    pub(crate) fn at(host: Option<&str>, node: NodeId, allow_local_images: bool) -> Self {
        Self { engine: Engine::at(host), node, allow_local_images }
    }
}

#[async_trait]
impl Executor for Docker {
    fn engine(&self) -> &'static str {
        ENGINE
    }

    fn is_reachable(&self) -> bool {
        true
    }

    async fn status(&self) -> RuntimeStatus {
        self.runtime_status().await
    }

    async fn launch(&self, work: &Work, host: &dyn Host) -> ExecutorOutput {
        self.run(work, host).await
    }

    async fn control(
        &self,
        work: &Work,
        action: ControlAction,
        grace_seconds: u32,
        since: Timestamp,
    ) -> ExecutorOutput {
        self.steer(work, action, grace_seconds, since).await
    }

    async fn remove(&self, identity: &Identity, generation: u64, grace_seconds: u32) -> ExecutorOutput {
        self.clear(identity.instance, generation, grace_seconds).await
    }

    async fn sight(&self, work: &Work) -> Result<Option<Sighting>, Failure> {
        match self.find(work.instance(), work.generation).await {
            Ok(found) => Ok(found.map(|found| found.sighting)),
            // Somebody else's container under the workload's name: the workload's own is gone.
            Err(failure) if failure.code == FailureCode::SpecConflict => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    async fn changes(&self) -> BoxStream<'static, InstanceId> {
        self.happenings().await
    }

    async fn written(&self, work: &Work, after_nanos: i128) -> BoxStream<'static, WrittenLine> {
        self.lines(work, after_nanos).await
    }

    async fn address(&self, work: &Work, port: u16) -> Result<SocketAddr, Failure> {
        self.private_address(work, port).await
    }
}
