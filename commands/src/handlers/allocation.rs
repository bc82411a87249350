//! Commands on allocations. Whoever gives or takes slots writes the node in the same
//! append, so a slot never has two owners and none is lost.

use async_trait::async_trait;
use gpuaas_domain::Code;
use gpuaas_domain::allocation::{self, Allocation, MAX_UNPLACED, Placed, Requested};
use gpuaas_domain::app_instance::{self, AppInstance};
use gpuaas_domain::id::{AllocationId, NodeId, OrganizationId, ProjectId, SkuId, TypedId};
use gpuaas_domain::node::{self, Node, ReleaseReason};
use gpuaas_domain::node_task::{self, NodeTask};
use gpuaas_domain::placement::{self, Outcome};
use gpuaas_domain::sku::{Shape, Sku};
use gpuaas_log::append::StreamId;
use uuid::Uuid;

use crate::authorization::{Action, Scope};
use crate::engine::{Command, Unit};
use crate::refusal::{FieldError, Refusal};

/// Most seconds that an allocation may wait for a place: a month.
const MAX_WAIT_SECONDS: u64 = 31 * 24 * 3600;

/// No node has this id. Commands that choose a node run one after another in a process,
/// because they would all choose the same one; other processes are told apart by versions.
fn placing() -> Vec<StreamId> {
    vec![StreamId::new("node", Uuid::nil())]
}

/// Asks for an allocation; it is placed at once where there is a place.
#[derive(Debug, Clone)]
pub struct CreateAllocation {
    /// For which project.
    pub project: ProjectId,
    /// What.
    pub sku: SkuId,
    /// Name for people.
    pub display_name: String,
    /// How long to wait for a place, in seconds; `None`: for ever.
    pub wait_seconds: Option<u64>,
}

#[async_trait]
impl Command for CreateAllocation {
    const NAME: &'static str = "allocation.create";
    type Aggregate = Allocation;

    fn serialize_on(&self) -> Vec<StreamId> {
        placing()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<AllocationId, Refusal> {
        let project = super::authorized_active_project(unit, self.project, Action::CreateAllocation).await?;
        if self.wait_seconds.is_some_and(|seconds| seconds > MAX_WAIT_SECONDS) {
            let message = format!("wait_seconds is at most {MAX_WAIT_SECONDS}");
            return Err(Refusal::invalid_field("wait_seconds", message));
        }
        let sku = unit.load::<Sku>(self.sku).await?;
        let shape = sku.require_active()?.shape.clone();
        unit.depend_on::<Sku>(self.sku).await?;
        // What is known at once mostly does. A "no" is only said by what is known at the head.
        let mut outcome = look_around(unit, &shape, 0).await?;
        if outcome.is_hopeless() {
            outcome = look_around(unit, &shape, unit.head()).await?;
        }
        if outcome.is_hopeless() {
            return Err(hopeless(&outcome));
        }
        let is_next = !outcome.fits.is_empty() && nobody_waits(unit, &shape).await?;
        let organization = project.organization;
        let id: AllocationId = unit.new_id();
        let requested = self.requested(unit, organization, shape, &outcome);
        unit.decide::<Allocation>(id, Some(organization), allocation::Command::Request(requested)).await?;
        if is_next {
            give_slots(unit, id, &outcome.fits).await?;
        }
        Ok(id)
    }
}

impl CreateAllocation {
    fn requested(&self, unit: &Unit<'_>, organization: OrganizationId, shape: Shape, outcome: &Outcome) -> Requested {
        Requested {
            organization,
            project: self.project,
            display_name: self.display_name.clone(),
            sku: self.sku,
            shape,
            wait_until: self.wait_seconds.map(|seconds| unit.now().plus_seconds(seconds)),
            unplaced: outcome.unplaced.iter().take(MAX_UNPLACED).cloned().collect(),
            unplaced_nodes: u32::try_from(outcome.unplaced.len()).unwrap_or(u32::MAX),
        }
    }
}

/// Gives a waiting allocation its place, where there is one by now.
#[derive(Debug, Clone)]
pub struct PlaceAllocation {
    /// Which.
    pub id: AllocationId,
    /// The position of what made room, or of the request.
    pub as_of: u64,
}

#[async_trait]
impl Command for PlaceAllocation {
    const NAME: &'static str = "allocation.place";
    type Aggregate = Allocation;

    fn serialize_on(&self) -> Vec<StreamId> {
        placing()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<AllocationId, Refusal> {
        unit.authorize(Action::PlaceAllocation, Scope::Platform).await?;
        if let Allocation::Requested(requested) = unit.load::<Allocation>(self.id).await? {
            let outcome = look_around(unit, &requested.shape, self.as_of).await?;
            give_slots(unit, self.id, &outcome.fits).await?;
        }
        Ok(self.id)
    }
}

/// Lets an allocation that has waited long enough come to nothing.
#[derive(Debug, Clone)]
pub struct ExpireAllocation {
    /// Which.
    pub id: AllocationId,
}

#[async_trait]
impl Command for ExpireAllocation {
    const NAME: &'static str = "allocation.expire";
    type Aggregate = Allocation;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("allocation", self.id.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<AllocationId, Refusal> {
        unit.authorize(Action::ExpireAllocation, Scope::Platform).await?;
        let owner = unit.load::<Allocation>(self.id).await?.requested().map(|requested| requested.organization);
        unit.decide::<Allocation>(self.id, owner, allocation::Command::Expire { now: unit.now() }).await?;
        Ok(self.id)
    }
}

/// Gives an allocation back: at once, or when its workloads are gone.
#[derive(Debug, Clone)]
pub struct ReleaseAllocation {
    /// Of which project, as the route says.
    pub project: ProjectId,
    /// Which.
    pub id: AllocationId,
}

#[async_trait]
impl Command for ReleaseAllocation {
    const NAME: &'static str = "allocation.release";
    type Aggregate = Allocation;

    fn serialize_on(&self) -> Vec<StreamId> {
        placing()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<AllocationId, Refusal> {
        let allocation = unit.load::<Allocation>(self.id).await?;
        let requested = allocation.requested().filter(|requested| requested.project == self.project);
        let Some(requested) = requested else { return Err(Refusal::not_found("allocation")) };
        let organization = requested.organization;
        let scope = Scope::Project { organization, project: self.project };
        unit.authorize(Action::ReleaseAllocation, scope).await?;
        let release = allocation::Command::Release { now: unit.now() };
        let after = unit.decide::<Allocation>(self.id, Some(organization), release).await?;
        take_slots_back(unit, self.id, &after).await?;
        Ok(self.id)
    }
}

/// Ends an allocation and everything on it, since its node is gone for good: nobody is left
/// who could be asked to.
#[derive(Debug, Clone)]
pub struct AbandonAllocation {
    /// Which.
    pub id: AllocationId,
}

#[async_trait]
impl Command for AbandonAllocation {
    const NAME: &'static str = "allocation.abandon";
    type Aggregate = Allocation;

    fn serialize_on(&self) -> Vec<StreamId> {
        placing()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<AllocationId, Refusal> {
        unit.authorize(Action::AbandonAllocation, Scope::Platform).await?;
        let allocation = unit.load::<Allocation>(self.id).await?;
        let Some(active) = allocation.held() else { return Ok(self.id) };
        let node = active.placed.node;
        if !matches!(unit.load::<Node>(node).await?, Node::Removed { .. }) {
            return Ok(self.id);
        }
        let (owner, now) = (Some(active.requested.organization), unit.now());
        unit.decide::<Allocation>(self.id, owner, allocation::Command::Release { now }).await?;
        for instance in active.instances.keys().copied() {
            let detach = allocation::Command::Detach { instance, now };
            unit.decide::<Allocation>(self.id, owner, detach).await?;
            let workload = unit.load::<AppInstance>(instance).await?;
            unit.decide::<AppInstance>(instance, owner, app_instance::Command::Abandon).await?;
            if let Some(task) = workload.details().and_then(|workload| workload.task) {
                unit.decide::<NodeTask>(task, owner, node_task::Command::Abandon).await?;
            }
        }
        let release = node::Command::Release { allocation: self.id, reason: ReleaseReason::Forced };
        unit.decide::<Node>(node, None, release).await?;
        Ok(self.id)
    }
}

/// Which nodes could take it: those that the read side knows, as they are by what this
/// process knows of them, which is mostly newer.
async fn look_around(unit: &Unit<'_>, shape: &Shape, at_least: u64) -> Result<Outcome, Refusal> {
    let mut nodes = unit.facts()?.nodes(at_least).await?;
    for fact in &mut nodes {
        if let Some((state, version)) = unit.known::<Node>(fact.id).filter(|(_, version)| *version > fact.version) {
            (fact.state, fact.version) = (state, version);
        }
    }
    Ok(placement::place(nodes.iter().map(|fact| (fact.id, &fact.state)), shape))
}

/// Whether none of those that have waited longest is of this shape, as far as the read side
/// knows. Where one is, the policy places both, the older first.
async fn nobody_waits(unit: &Unit<'_>, shape: &Shape) -> Result<bool, Refusal> {
    let oldest = unit.facts()?.waiting_allocations(0, None).await?.items;
    Ok(!oldest.iter().any(|fact| fact.state.requested().is_some_and(|requested| requested.shape == *shape)))
}

/// Reserves slots on the first of the nodes that still has them, and gives them to the
/// allocation. Only the chosen node's stream is written, and so none of the others matters.
async fn give_slots(unit: &mut Unit<'_>, id: AllocationId, fits: &[NodeId]) -> Result<(), Refusal> {
    let Allocation::Requested(requested) = unit.load::<Allocation>(id).await? else { return Ok(()) };
    for node in fits {
        let state = unit.load::<Node>(*node).await?;
        let Ok(fit) = placement::fit(&state, &requested.shape) else { continue };
        let placed = Placed { at: unit.now(), node: *node, slots: fit.slots.clone(), gpus: fit.gpus.clone() };
        let place = allocation::Command::Place(placed);
        unit.decide::<Allocation>(id, Some(requested.organization), place).await?;
        let reserve = node::Command::Reserve { allocation: id, count: fit.count() };
        unit.decide::<Node>(*node, None, reserve).await?;
        return Ok(());
    }
    Ok(())
}

/// Takes an allocation's slots back, once it is released.
pub(super) async fn take_slots_back(unit: &mut Unit<'_>, id: AllocationId, state: &Allocation) -> Result<(), Refusal> {
    let Allocation::Released { placed: Some(placed), .. } = state else { return Ok(()) };
    let release = node::Command::Release { allocation: id, reason: ReleaseReason::Ended };
    unit.decide::<Node>(placed.node, None, release).await.map(drop)
}

fn hopeless(outcome: &Outcome) -> Refusal {
    let fields = outcome.unplaced.iter().take(MAX_UNPLACED).map(|unplaced| FieldError {
        field: unplaced.node.to_string(),
        message: format!("{}: {}", unplaced.obstacle, unplaced.obstacle.remedy()),
    });
    let code = if outcome.lacks_gpus() { Code::NotEnoughGpus } else { Code::NoNodeFits };
    let message = "no node could ever take this, whatever is released; choose another SKU";
    Refusal { fields: fields.collect(), ..Refusal::new(code, message) }
}
