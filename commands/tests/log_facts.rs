//! Facts straight from the log: what a read side would have, without its tables.

use std::collections::BTreeMap;

use async_trait::async_trait;
use gpuaas_commands::{Fact, Facts, FactsPage, Refusal};
use gpuaas_domain::allocation::Allocation;
use gpuaas_domain::app_instance::{AppInstance, Phase};
use gpuaas_domain::artifact::Artifact;
use gpuaas_domain::id::{AppId, NodeId, OrganizationId, TypedId, WebhookId};
use gpuaas_domain::node::Node;
use gpuaas_domain::node_task::NodeTask;
use gpuaas_domain::webhook::Webhook;
use gpuaas_domain::{Aggregate, AnyEvent, AnyState, Kind, Timestamp};
use gpuaas_log::Log;
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

#[derive(Default)]
struct Seen {
    position: u64,
    states: BTreeMap<(Kind, Uuid), (u64, AnyState)>,
    /// The streams in the order in which they began.
    order: Vec<(Kind, Uuid)>,
}

pub(crate) struct LogFacts {
    log: Log,
    seen: Mutex<Seen>,
}

impl LogFacts {
    pub(crate) fn new(log: Log) -> Self {
        Self { log, seen: Mutex::default() }
    }

    async fn seen(&self) -> MutexGuard<'_, Seen> {
        let mut seen = self.seen.lock().await;
        loop {
            let page = self.log.read(seen.position, 1_000).await.unwrap();
            if page.is_empty() {
                return seen;
            }
            for stored in page {
                let entry = stored.entry().unwrap();
                seen.position = entry.position;
                let Some(kind) = Kind::parse(entry.stream.kind) else { continue };
                let payload = stored.payload().unwrap().unwrap();
                let mut fields = gpuaas_log::payload::deserializer(payload);
                let event = AnyEvent::deserialize(kind, entry.event, entry.schema, &mut fields).unwrap();
                let key = (kind, entry.stream.id);
                if entry.version == 1 {
                    seen.order.push(key);
                }
                let (_, before) = seen.states.remove(&key).unwrap_or((0, AnyState::absent(kind)));
                seen.states.insert(key, (entry.version, before.evolve(&event).unwrap()));
            }
        }
    }

    /// Every resource of a kind, the oldest first.
    pub(crate) async fn all<A: Aggregate + TryFrom<AnyState>>(&self) -> Vec<Fact<A>> {
        let seen = self.seen().await;
        let of_kind = seen.order.iter().filter(|(kind, _)| kind.as_str() == A::KIND);
        let fact = |key: &(Kind, Uuid)| {
            let (version, state) = seen.states[key].clone();
            Fact { id: A::Id::from_uuid(key.1), version, state: A::try_from(state).ok().unwrap() }
        };
        of_kind.map(fact).collect()
    }

    /// The tasks that a node has to do, the oldest first.
    pub(crate) async fn open_tasks(&self, node: NodeId) -> Vec<Fact<NodeTask>> {
        let mut tasks = self.all::<NodeTask>().await;
        tasks.retain(|fact| match &fact.state {
            NodeTask::Open { queued, .. } => queued.node == node,
            NodeTask::Absent | NodeTask::Ended(_) => false,
        });
        tasks
    }
}

#[async_trait]
impl Facts for LogFacts {
    async fn nodes(&self, _: u64) -> Result<Vec<Fact<Node>>, Refusal> {
        Ok(self.all().await)
    }

    async fn artifacts(&self, app: AppId, _: u64) -> Result<Vec<Fact<Artifact>>, Refusal> {
        let mut artifacts = self.all::<Artifact>().await;
        artifacts.retain(|fact| fact.state.details().is_some_and(|details| details.app == app));
        Ok(artifacts)
    }

    /// Pages of two, so that whoever needs more asks on.
    async fn waiting_allocations(&self, _: u64, after: Option<String>) -> Result<FactsPage<Allocation>, Refusal> {
        let from = after.map_or(0, |after| after.parse().unwrap());
        let all = self.all::<Allocation>().await.into_iter().enumerate().skip(from);
        let waits = |fact: &Fact<Allocation>| matches!(fact.state, Allocation::Requested(_));
        let page: Vec<_> = all.filter(|(_, fact)| waits(fact)).take(2).collect();
        let next = page.get(1).map(|(place, _)| (place + 1).to_string());
        Ok(FactsPage { items: page.into_iter().map(|(_, fact)| fact).collect(), next })
    }

    async fn overdue_allocations(&self, now: Timestamp) -> Result<Vec<Fact<Allocation>>, Refusal> {
        let mut allocations = self.all::<Allocation>().await;
        allocations.retain(|fact| matches!(fact.state, Allocation::Requested(_)));
        let due = |state: &Allocation| state.requested().and_then(|requested| requested.wait_until);
        allocations.retain(|fact| due(&fact.state).is_some_and(|due| due <= now));
        Ok(allocations)
    }

    async fn held_allocations(&self) -> Result<Vec<Fact<Allocation>>, Refusal> {
        let mut allocations = self.all::<Allocation>().await;
        allocations.retain(|fact| fact.state.held().is_some());
        Ok(allocations)
    }

    async fn waiting_instances(&self, node: NodeId, _: u64) -> Result<Vec<Fact<AppInstance>>, Refusal> {
        let mut instances = self.all::<AppInstance>().await;
        instances.retain(|fact| {
            let waits =
                |it: &gpuaas_domain::app_instance::Instance| it.phase == Phase::Validating && it.requested.node == node;
            fact.state.details().is_some_and(waits)
        });
        Ok(instances)
    }

    async fn webhooks(&self, organization: OrganizationId, _: u64) -> Result<Vec<Fact<Webhook>>, Refusal> {
        let mut webhooks = self.all::<Webhook>().await;
        webhooks.retain(|fact| match &fact.state {
            Webhook::Active(details) | Webhook::Disabled { details, .. } => details.organization == organization,
            Webhook::Absent | Webhook::Deleted(_) => false,
        });
        Ok(webhooks)
    }

    /// Nothing is sent here, so nothing was given up.
    async fn has_dead_letter(&self, _: WebhookId, _: u64) -> Result<bool, Refusal> {
        Ok(false)
    }
}
