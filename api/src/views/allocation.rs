//! Allocations, with the nodes that could not take them.

use gpuaas_domain::allocation::{Allocation, FailureReason, Placed};
use gpuaas_domain::id::{AllocationId, InstanceId, NodeId, ProjectId, SkuId};
use gpuaas_domain::placement::Obstacle;
use gpuaas_relay::moment;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::shape::ShapeView;
pub use super::status::AllocationStatus;
use super::vocabulary;
use crate::http::Problem;
use crate::resource::Resource;

/// Slots of a node that a project has, or waits for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Allocation)]
pub struct AllocationView {
    /// Its id.
    #[schema(value_type = vocabulary::AllocationId)]
    pub id: AllocationId,
    /// For which project.
    #[schema(value_type = vocabulary::ProjectId)]
    pub project_id: ProjectId,
    /// Name for people.
    pub display_name: String,
    /// What is wanted.
    #[schema(value_type = vocabulary::SkuId)]
    pub sku_id: SkuId,
    /// What it has, or will have.
    pub shape: ShapeView,
    /// How it is.
    pub status: AllocationStatus,
    /// Until when it waits for a place; null: for ever.
    #[schema(format = DateTime)]
    pub wait_until: Option<String>,
    /// Where it is, or was until it ended; null where it never had a place.
    pub placement: Option<PlacementView>,
    /// Workloads on it.
    #[schema(value_type = Vec<vocabulary::InstanceId>)]
    pub app_instance_ids: Vec<InstanceId>,
    /// Nodes that could not take it when it was requested, and why; the first 500 by id.
    pub unplaced: Vec<UnplacedView>,
    /// How many nodes could not.
    pub unplaced_nodes: u32,
    /// When it ended.
    #[schema(format = DateTime)]
    pub released_at: Option<String>,
    /// Why it came to nothing.
    #[schema(value_type = Option<vocabulary::AllocationFailure>)]
    pub failure: Option<FailureReason>,
    /// When it was requested.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// A place on a node.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Placement)]
pub struct PlacementView {
    /// On which node.
    #[schema(value_type = vocabulary::NodeId)]
    pub node_id: NodeId,
    /// In which slots.
    pub slots: Vec<SlotView>,
    /// Its GPUs, by the driver's ids.
    pub gpus: Vec<String>,
    /// Since when.
    #[schema(format = DateTime)]
    pub placed_at: String,
}

/// A slot of a node.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Slot)]
pub struct SlotView {
    /// Its number on the node.
    pub index: u16,
    /// How often it has been given, this time included.
    pub generation: u64,
}

/// A node that could not take an allocation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Unplaced)]
pub struct UnplacedView {
    /// Which.
    #[schema(value_type = vocabulary::NodeId)]
    pub node_id: NodeId,
    /// Why.
    #[schema(value_type = vocabulary::Obstacle)]
    pub reason: Obstacle,
    /// What would let the node take it.
    pub remedy: String,
}

/// A new allocation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAllocation {
    /// What is wanted.
    #[schema(value_type = vocabulary::SkuId)]
    pub sku_id: SkuId,
    /// Name for people, one line.
    #[schema(min_length = 1, max_length = 120, format = "line")]
    pub display_name: String,
    /// How long to wait for a place, in seconds; left out: for ever.
    #[schema(minimum = 0, maximum = 2_678_400)]
    pub wait_seconds: Option<u64>,
}

impl From<&Placed> for PlacementView {
    fn from(placed: &Placed) -> Self {
        let slots = placed.slots.iter();
        Self {
            node_id: placed.node,
            slots: slots.map(|slot| SlotView { index: slot.index, generation: slot.generation }).collect(),
            gpus: placed.gpus.iter().map(ToString::to_string).collect(),
            placed_at: moment::print(placed.at),
        }
    }
}

impl AllocationView {
    /// The view of an allocation.
    pub fn of(resource: Resource<Allocation>) -> Result<Self, Problem> {
        let (created_at, updated_at) = resource.times();
        let (status, released_at, failure) = match &resource.state {
            Allocation::Absent => return Err(Resource::<Allocation>::missing()),
            Allocation::Requested(_) => (AllocationStatus::Requested, None, None),
            Allocation::Active(_) => (AllocationStatus::Active, None, None),
            Allocation::Releasing(_) => (AllocationStatus::Releasing, None, None),
            Allocation::Released { at, .. } => (AllocationStatus::Released, Some(moment::print(*at)), None),
            Allocation::Failed { reason, .. } => (AllocationStatus::Failed, None, Some(*reason)),
        };
        let requested = resource.state.requested().ok_or_else(Resource::<Allocation>::missing)?;
        let held = resource.state.held();
        let unplaced = requested.unplaced.iter();
        Ok(Self {
            id: resource.id,
            project_id: requested.project,
            display_name: requested.display_name.clone(),
            sku_id: requested.sku,
            shape: (&requested.shape).into(),
            status,
            wait_until: requested.wait_until.map(moment::print),
            placement: resource.state.placed().map(PlacementView::from),
            app_instance_ids: held.map(|held| held.instances.keys().copied().collect()).unwrap_or_default(),
            unplaced: unplaced.map(|it| unplaced_view(it.node, it.obstacle)).collect(),
            unplaced_nodes: requested.unplaced_nodes,
            released_at,
            failure,
            created_at,
            updated_at,
        })
    }
}

fn unplaced_view(node_id: NodeId, reason: Obstacle) -> UnplacedView {
    UnplacedView { node_id, reason, remedy: reason.remedy().to_owned() }
}
