//! Places allocations that wait: when they are requested, and whenever a node gets room.

use async_trait::async_trait;
use gpuaas_domain::Code;
use gpuaas_domain::allocation::Allocation;
use gpuaas_domain::id::{AllocationId, TypedId};
use gpuaas_domain::sku::Shape;
use uuid::Uuid;

use super::turn::look_up;
use super::{Meaning, Outcome, Policy, Stop, Turn};
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
            "allocation.requested" => place(turn, turn.id()).await.map(drop),
            "node.slots_released" | "node.went_online" | "node.inventory_changed" | "node.unbanned" => {
                place_all(turn).await
            }
            _ => Ok(()),
        }
    }
}

const WAITS: Meaning = Meaning::Waits { wakes: "node.slots_released, node.went_online, node.inventory_changed" };

/// Tries every allocation that waits, the oldest first. Where one found no room, others
/// of its shape are not tried.
async fn place_all(turn: &mut Turn<'_>) -> Result<(), Stop> {
    let facts = turn.engine.facts().map_err(look_up)?;
    let mut without_room: Vec<Shape> = Vec::new();
    for fact in facts.waiting_allocations(turn.position).await.map_err(look_up)? {
        let Allocation::Requested(requested) = fact.state else { continue };
        if without_room.contains(&requested.shape) {
            continue;
        }
        if !place(turn, fact.id).await? {
            without_room.push(requested.shape);
        }
    }
    Ok(())
}

/// Whether it waits no more.
async fn place(turn: &mut Turn<'_>, id: AllocationId) -> Result<bool, Stop> {
    Ok(match turn.issue(id.uuid(), &PlaceAllocation { id, as_of: turn.position }).await? {
        Outcome::Done(answer) => !matches!(answer.state, Allocation::Requested(_)),
        Outcome::Before | Outcome::Refused(Meaning::Settled, _) => true,
        Outcome::Refused(Meaning::Waits { .. }, _) => false,
    })
}
