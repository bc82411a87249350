//! Which unique names are held, and by whom.

use foldhash::HashMap;
use uuid::Uuid;

use super::declared::Kind;
use crate::entry::Entry;
use crate::fault::FaultKind;
use crate::hash::Hash;

#[derive(Debug, Default)]
pub(super) struct Claims {
    scopes: HashMap<String, HashMap<Hash, Holder>>,
}

/// A stream: kind and instance.
type Holder = (u32, Uuid);

impl Claims {
    /// Takes and releases what an append's first entry says, for its stream.
    pub(super) fn apply(&mut self, entry: &Entry<'_>, kind: Kind) -> Result<(), FaultKind> {
        let holder = (kind.id, entry.stream.id);
        for claim in &entry.claims {
            if !self.scopes.contains_key(claim.scope) {
                self.scopes.insert(claim.scope.to_owned(), HashMap::default());
            }
            let names = self.scopes.get_mut(claim.scope).expect("it was put there if it was missing");
            let good = if claim.takes {
                names.insert(claim.name, holder).is_none()
            } else {
                names.remove(&claim.name) == Some(holder)
            };
            if !good {
                return Err(FaultKind::Claim);
            }
        }
        Ok(())
    }
}
