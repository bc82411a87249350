//! What commands and policies look up about sets, from the read models.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use gpuaas_commands::{Fact, Facts, FactsPage, Refusal};
use gpuaas_domain::allocation::Allocation;
use gpuaas_domain::app_instance::{AppInstance, Phase};
use gpuaas_domain::artifact::Artifact;
use gpuaas_domain::id::{AppId, NodeId, OrganizationId, TypedId, WebhookId};
use gpuaas_domain::node::Node;
use gpuaas_domain::webhook::Webhook;
use gpuaas_domain::{Aggregate, AnyState, Code, Timestamp};
use gpuaas_projections::Deliveries;
use gpuaas_projections::queries::{Filter, MAX_LIMIT, Order, Page, Queries, QueryError, Resource};

/// How long a look-up waits for the position that it has to be as of.
const WAIT: Duration = Duration::from_secs(5);

/// Waiting allocations read at a time: about as many as one release makes room for.
const WAITING: usize = 20;

/// Facts of the read models.
pub(super) struct ReadFacts {
    queries: Queries,
    deliveries: Deliveries,
}

impl ReadFacts {
    pub(super) fn new(queries: Queries, deliveries: Deliveries) -> Self {
        Self { queries, deliveries }
    }

    async fn as_of(&self, at_least: u64) -> Result<&Self, Refusal> {
        self.queries.wait_for(at_least, WAIT).await.map_err(refusal)?;
        Ok(self)
    }

    /// All that a filter lets through, the oldest first.
    async fn all<A>(&self, filter: Filter) -> Result<Vec<Fact<A>>, Refusal>
    where
        A: Aggregate + TryFrom<AnyState>,
    {
        let mut facts = Vec::new();
        let mut cursor = None;
        loop {
            let FactsPage { items, next } = self.page::<A>(&filter, cursor, MAX_LIMIT).await?;
            facts.extend(items);
            match next {
                Some(next) => cursor = Some(next),
                None => return Ok(facts),
            }
        }
    }

    async fn page<A>(&self, filter: &Filter, cursor: Option<String>, limit: usize) -> Result<FactsPage<A>, Refusal>
    where
        A: Aggregate + TryFrom<AnyState>,
    {
        let page = Page { order: Order::Created, cursor, limit };
        let listed = self.queries.list_typed::<A>(filter, &page).await.map_err(refusal)?;
        let fact = |resource: Resource<A>| Fact {
            id: A::Id::from_uuid(resource.id),
            version: resource.version,
            state: resource.state,
        };
        Ok(FactsPage { items: listed.resources.into_iter().map(fact).collect(), next: listed.next })
    }
}

#[async_trait]
impl Facts for ReadFacts {
    async fn nodes(&self, at_least: u64) -> Result<Vec<Fact<Node>>, Refusal> {
        self.as_of(at_least).await?.all(Filter::default()).await
    }

    async fn artifacts(&self, app: AppId, at_least: u64) -> Result<Vec<Fact<Artifact>>, Refusal> {
        self.as_of(at_least).await?.all(Filter { parent: Some(app.uuid()), ..Filter::default() }).await
    }

    async fn waiting_allocations(
        &self,
        at_least: u64,
        after: Option<String>,
    ) -> Result<FactsPage<Allocation>, Refusal> {
        self.as_of(at_least).await?.page(&with_status(["requested"]), after, WAITING).await
    }

    async fn overdue_allocations(&self, now: Timestamp) -> Result<Vec<Fact<Allocation>>, Refusal> {
        let mut waiting = self.all::<Allocation>(with_status(["requested"])).await?;
        let until = |state: &Allocation| state.requested().and_then(|requested| requested.wait_until);
        waiting.retain(|fact| until(&fact.state).is_some_and(|until| until <= now));
        Ok(waiting)
    }

    async fn held_allocations(&self) -> Result<Vec<Fact<Allocation>>, Refusal> {
        self.all(with_status(["active", "releasing"])).await
    }

    async fn waiting_instances(&self, node: NodeId, at_least: u64) -> Result<Vec<Fact<AppInstance>>, Refusal> {
        let waiting = with_status([Phase::Requested.as_str(), Phase::Validating.as_str()]);
        let mut waiting = self.as_of(at_least).await?.all::<AppInstance>(waiting).await?;
        waiting.retain(|fact| fact.state.details().is_some_and(|instance| instance.requested.node == node));
        Ok(waiting)
    }

    async fn webhooks(&self, organization: OrganizationId, at_least: u64) -> Result<Vec<Fact<Webhook>>, Refusal> {
        let there = Filter { organization: Some(organization), ..with_status(["active", "disabled"]) };
        self.as_of(at_least).await?.all(there).await
    }

    async fn has_dead_letter(&self, webhook: WebhookId, owner_sequence: u64) -> Result<bool, Refusal> {
        let Some(before) = owner_sequence.checked_sub(1) else { return Ok(false) };
        let found = self.deliveries.dead_letters(webhook, before, 1).await;
        let found = found.map_err(|error| refusal(QueryError::Read(error)))?;
        Ok(found.first().is_some_and(|letter| letter.sequence == owner_sequence))
    }
}

fn with_status<const N: usize>(words: [&str; N]) -> Filter {
    Filter { statuses: BTreeSet::from(words.map(str::to_owned)), ..Filter::default() }
}

fn refusal(error: QueryError) -> Refusal {
    let soon =
        |code, message: &str| Refusal { retry_after: Some(Duration::from_secs(1)), ..Refusal::new(code, message) };
    match error {
        QueryError::Behind { .. } => soon(Code::ProjectionBehind, "the read models are behind the log; try again"),
        QueryError::Read(error) if error.retryable() => {
            tracing::warn!(%error, "the read models cannot be asked");
            soon(Code::Unavailable, "the read database cannot be reached at present; try again")
        }
        other @ (QueryError::Read(_)
        | QueryError::InvalidCursor
        | QueryError::InvalidLimit
        | QueryError::InvalidText { .. }) => Refusal::internal(other),
    }
}
