//! One event onto one state.

use gpuaas_domain::{AnyEvent, AnyState, Kind, Timestamp};
use gpuaas_log::payload;

use super::{Columns, Resource};
use crate::runner::{Item, Unappliable};

/// What is held in memory of a row: what the next fold and the next save need.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Folded {
    pub(super) version: u64,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) created_position: u64,
    pub(super) last_position: u64,
    pub(super) state: AnyState,
}

impl From<Resource> for Folded {
    fn from(resource: Resource) -> Self {
        Self {
            version: resource.version,
            created_at: resource.created_at,
            updated_at: resource.updated_at,
            created_position: resource.created_position,
            last_position: resource.last_position,
            state: resource.state,
        }
    }
}

/// The row after an entry of its stream.
pub(super) fn fold(kind: Kind, before: Option<&Folded>, item: &Item<'_>) -> Result<(Folded, Columns), Unappliable> {
    let entry = &item.entry;
    let known = before.map_or(0, |folded| folded.version);
    if entry.version != known + 1 {
        return Err(Unappliable(format!("version {} of the stream does not follow version {known}", entry.version)));
    }
    let event = event(kind, item)?;
    let state = before.map_or_else(|| AnyState::absent(kind), |folded| folded.state.clone());
    let state =
        state.evolve(&event).ok_or_else(|| Unappliable(format!("{} is an event of another kind", entry.event)))?;
    let columns = Columns::of(entry.stream.id, entry.owner, &state)
        .ok_or_else(|| Unappliable(format!("{} is the first event, and creates nothing", entry.event)))?;
    let now = Timestamp(entry.recorded_at);
    let folded = Folded {
        version: entry.version,
        created_at: before.map_or(now, |folded| folded.created_at),
        updated_at: now,
        created_position: before.map_or(entry.position, |folded| folded.created_position),
        last_position: entry.position,
        state,
    };
    Ok((folded, columns))
}

fn event(kind: Kind, item: &Item<'_>) -> Result<AnyEvent, Unappliable> {
    let entry = &item.entry;
    let payload = item.payload.ok_or_else(|| Unappliable(format!("the payload of {} was erased", entry.event)))?;
    AnyEvent::deserialize(kind, entry.event, entry.schema, &mut payload::deserializer(payload))
        .map_err(|error| Unappliable(error.to_string()))
}
