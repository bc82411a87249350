//! The part of the state that follows which commands came: each comes once, and each
//! request is accepted once.

use foldhash::HashSet;
use uuid::Uuid;

use crate::entry::Entry;
use crate::fault::FaultKind;
use crate::hash::Hash;

/// See the module.
#[derive(Debug, Default)]
pub struct Commands {
    ids: HashSet<Uuid>,
    idempotency: HashSet<Hash>,
}

impl Commands {
    /// Checks and takes in the next entry. Only the first of an append brings a command.
    pub fn entry(&mut self, entry: &Entry<'_>) -> Result<(), FaultKind> {
        if entry.append.index == 0 && !self.ids.insert(entry.append.command_id) {
            return Err(FaultKind::Append);
        }
        match entry.command.idempotency {
            Some(hash) if !self.idempotency.insert(hash) => Err(FaultKind::Idempotency),
            Some(_) | None => Ok(()),
        }
    }
}
