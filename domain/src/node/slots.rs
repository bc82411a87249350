//! Who holds which slot, and how often each was given.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::inventory::Inventory;
use crate::event::fields;
use crate::id::AllocationId;

fields! {
    /// A slot as it was given: no other holder ever has this pair.
    pub struct ReservedSlot {
        /// The slot's number.
        pub index: u16,
        /// How often it has been given, this time included.
        pub generation: u64,
    }
}

/// A slot's history in brief.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SlotState {
    /// How often it has been given.
    pub generation: u64,
    /// Who has it.
    pub holder: Option<AllocationId>,
}

/// Every slot that was ever given, by its number.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slots(BTreeMap<u16, SlotState>);

impl Slots {
    /// The slots that can be given, lowest number first, as the next holder would have them.
    pub fn free<'s>(&'s self, inventory: &'s Inventory) -> impl Iterator<Item = ReservedSlot> + 's {
        let mut indexes: Vec<u16> = inventory.slots.iter().map(|slot| slot.index).collect();
        indexes.sort_unstable();
        indexes.into_iter().filter_map(|index| {
            let state = self.0.get(&index);
            let generation = state.map_or(0, |state| state.generation) + 1;
            state.is_none_or(|state| state.holder.is_none()).then_some(ReservedSlot { index, generation })
        })
    }

    /// What an allocation holds, in order.
    pub fn held_by(&self, allocation: AllocationId) -> impl Iterator<Item = ReservedSlot> + '_ {
        let held = self.0.iter().filter(move |(_, state)| state.holder == Some(allocation));
        held.map(|(index, state)| ReservedSlot { index: *index, generation: state.generation })
    }

    /// Every slot that was ever given.
    pub fn iter(&self) -> impl Iterator<Item = (u16, &SlotState)> {
        self.0.iter().map(|(index, state)| (*index, state))
    }

    pub(super) fn reserve(&mut self, allocation: AllocationId, slots: &[ReservedSlot]) {
        for slot in slots {
            self.0.insert(slot.index, SlotState { generation: slot.generation, holder: Some(allocation) });
        }
    }

    pub(super) fn release(&mut self, slots: &[ReservedSlot]) {
        for slot in slots {
            // A release of an older generation must not take the slot from its present holder.
            if let Some(state) = self.0.get_mut(&slot.index).filter(|state| state.generation == slot.generation) {
                state.holder = None;
            }
        }
    }
}
