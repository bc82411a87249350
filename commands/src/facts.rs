//! Look-ups about sets, which no single stream can answer: declared here, and answered by
//! the read side.
//!
//! A fact is as old as it is; that a set has no other member can never rest on one. The
//! commands choose among facts, load what they chose from the log, and guard that alone.

use async_trait::async_trait;
use gpuaas_domain::Aggregate;
use gpuaas_domain::Timestamp;
use gpuaas_domain::allocation::Allocation;
use gpuaas_domain::app_instance::AppInstance;
use gpuaas_domain::artifact::Artifact;
use gpuaas_domain::id::{AppId, NodeId, OrganizationId, WebhookId};
use gpuaas_domain::node::Node;
use gpuaas_domain::webhook::Webhook;

use crate::refusal::Refusal;

/// A resource as it was at a version of its stream.
#[derive(Debug, Clone)]
pub struct Fact<A: Aggregate> {
    /// Which.
    pub id: A::Id,
    /// The version that it was read at.
    pub version: u64,
    /// How it was.
    pub state: A,
}

/// Some of many facts, and where the others begin.
#[derive(Debug, Clone)]
pub struct FactsPage<A: Aggregate> {
    /// The facts.
    pub items: Vec<Fact<A>>,
    /// With which word the next page is asked for; `None`: this is the last one.
    pub next: Option<String>,
}

/// What commands and policies look up. Each answer knows the log at least up to the
/// position given; if that takes too long, the refusal is `projection_behind`.
#[async_trait]
pub trait Facts: Send + Sync + 'static {
    /// Every node.
    async fn nodes(&self, at_least: u64) -> Result<Vec<Fact<Node>>, Refusal>;

    /// The artifacts of an app.
    async fn artifacts(&self, app: AppId, at_least: u64) -> Result<Vec<Fact<Artifact>>, Refusal>;

    /// Allocations that wait for a place, the oldest first, page by page: there may be
    /// thousands, and mostly there is room for a few. `after` is the page before's `next`.
    async fn waiting_allocations(&self, at_least: u64, after: Option<String>)
    -> Result<FactsPage<Allocation>, Refusal>;

    /// Allocations whose time to wait is over, as far as is known.
    async fn overdue_allocations(&self, now: Timestamp) -> Result<Vec<Fact<Allocation>>, Refusal>;

    /// Allocations that hold slots, as far as is known.
    async fn held_allocations(&self) -> Result<Vec<Fact<Allocation>>, Refusal>;

    /// Workloads on a node that wait to be launched there.
    async fn waiting_instances(&self, node: NodeId, at_least: u64) -> Result<Vec<Fact<AppInstance>>, Refusal>;

    /// The webhooks of an organization that are not deleted.
    async fn webhooks(&self, organization: OrganizationId, at_least: u64) -> Result<Vec<Fact<Webhook>>, Refusal>;

    /// Whether an event of the organization is one that a webhook gave up and that was not
    /// delivered since. That is nowhere in the log.
    async fn has_dead_letter(&self, webhook: WebhookId, owner_sequence: u64) -> Result<bool, Refusal>;
}
