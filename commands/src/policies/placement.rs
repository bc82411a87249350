//! Places allocations that wait: when they are requested, and whenever a node gets room.

use async_trait::async_trait;
use gpuaas_domain::Code;
use gpuaas_domain::allocation::{Allocation, Requested};
use gpuaas_domain::id::{AllocationId, NodeId, TypedId};
use gpuaas_domain::node::Node;
use gpuaas_domain::placement;
use gpuaas_domain::sku::Shape;
use uuid::Uuid;

use super::turn::look_up;
use super::{Meaning, Outcome, Policy, Stop, Turn};
use crate::facts::Fact;
use crate::handlers::allocation::PlaceAllocation;

/// The policy that places allocations.
#[derive(Debug, Clone, Copy)]
pub struct Placement;

#[async_trait]
impl Policy for Placement {
    const NAME: &'static str = "policy.placement";
    const ID: Uuid = Uuid::from_u128(0x0192_f0a1_0000_7000_8000_0000_0000_0001);
    const MEANINGS: &'static [(Code, Meaning)] = &[
        // It was released, expired or placed meanwhile.
        (Code::AllocationNotActive, Meaning::Settled),
        // The node that was chosen has changed between the look and the reservation.
        (Code::NotEnoughSlots, WAITS),
        (Code::NodeOffline, WAITS),
        (Code::NodeBanned, WAITS),
        (Code::NodeNotEnrolled, WAITS),
    ];

    async fn react(&self, turn: &mut Turn<'_>) -> Result<(), Stop> {
        match turn.event {
            "allocation.requested"
            | "node.slots_released"
            | "node.went_online"
            | "node.inventory_changed"
            | "node.unbanned" => Room::look(turn).await?.give(turn).await,
            _ => Ok(()),
        }
    }
}

const WAITS: Meaning = Meaning::Waits { wakes: "node.slots_released, node.went_online, node.inventory_changed" };

/// What room there is, as far as is known.
struct Room {
    nodes: Vec<Fact<Node>>,
    /// What there is no room for.
    without: Vec<Shape>,
}

impl Room {
    async fn look(turn: &Turn<'_>) -> Result<Self, Stop> {
        let facts = turn.engine.facts().map_err(look_up)?;
        let nodes = facts.nodes(turn.position).await.map_err(look_up)?;
        Ok(Self { nodes, without: Vec::new() })
    }

    /// Gives it to those that wait, the oldest first, until nothing is left. Where one
    /// found none, others of its shape are not tried.
    async fn give(mut self, turn: &mut Turn<'_>) -> Result<(), Stop> {
        let facts = turn.engine.facts().map_err(look_up)?;
        let mut after = None;
        while self.is_left() {
            let page = facts.waiting_allocations(turn.position, after).await.map_err(look_up)?;
            for fact in page.items {
                let Allocation::Requested(requested) = fact.state else { continue };
                if self.is_left() && !self.without.contains(&requested.shape) {
                    self.offer(turn, fact.id, requested).await?;
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn is_left(&self) -> bool {
        self.nodes.iter().any(|node| placement::has_room(&node.state))
    }

    fn is_there_for(&self, shape: &Shape) -> bool {
        let nodes = self.nodes.iter().map(|node| (node.id, &node.state));
        !placement::place(nodes, shape).fits.is_empty()
    }

    async fn offer(&mut self, turn: &mut Turn<'_>, id: AllocationId, requested: Requested) -> Result<(), Stop> {
        if !self.is_there_for(&requested.shape) {
            self.without.push(requested.shape);
            return Ok(());
        }
        match turn.issue(id.uuid(), &PlaceAllocation { id, as_of: turn.position }).await? {
            // There was none any more.
            Outcome::Done(answer) if matches!(answer.state, Allocation::Requested(_)) => {
                self.without.push(requested.shape);
            }
            Outcome::Done(answer) => {
                if let Some(placed) = answer.state.placed() {
                    self.look_again(turn, placed.node);
                }
            }
            Outcome::Before | Outcome::Refused(Meaning::Settled, _) => {}
            Outcome::Refused(Meaning::Waits { .. }, _) => self.without.push(requested.shape),
        }
        Ok(())
    }

    /// A node as it is after it gave some of its room away.
    fn look_again(&mut self, turn: &Turn<'_>, id: NodeId) {
        let known = turn.engine.known::<Node>(id);
        if let (Some(node), Some((state, _))) = (self.nodes.iter_mut().find(|node| node.id == id), known) {
            node.state = state;
        }
    }
}
