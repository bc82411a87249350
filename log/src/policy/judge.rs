//! Whether a checkpoint meets a policy.

use std::collections::HashSet;

use super::{Group, Member, Met, Policy, Seen, Unmet};
use crate::checkpoint::{KnownKeys, SignedCheckpoint, VerifierKey};
use crate::cosignature::cosignatures;

/// What is known of logs besides the policy.
#[derive(Debug, Clone, Copy, Default)]
pub struct Trust<'t> {
    /// Keys that are a log's, too.
    pub also: &'t [VerifierKey],
    /// Keys that do not count on this checkpoint, whoever names them.
    pub except: &'t [VerifierKey],
}

impl Policy {
    /// Judges a checkpoint. A line of a known key that does not verify makes it worthless.
    pub fn judge(&self, signed: &SignedCheckpoint, trust: Trust<'_>) -> Result<Met, Unmet> {
        let named = self.logs.iter().map(|log| &log.key).chain(trust.also);
        let keys: Vec<&VerifierKey> = named.filter(|key| !trust.except.contains(key)).collect();
        if self.logs.is_empty() && trust.also.is_empty() {
            return Err(Unmet::NoLog);
        }
        let signers = signed.signers(&KnownKeys::of(keys)).map_err(|_| Unmet::Forged)?;
        // A key's name is the log's origin.
        let log = signers.into_iter().find(|key| key.name() == signed.checkpoint().origin).ok_or(Unmet::UnknownLog)?;
        let found = cosignatures(signed, self.witnesses.iter().map(|witness| &witness.key));
        let found = found.map_err(|_| Unmet::Forged)?;
        let mut seen = Vec::new();
        let mut places = HashSet::new();
        for (place, witness) in self.witnesses.iter().enumerate() {
            if let Some((_, time)) = found.iter().find(|(key, _)| **key == witness.key) {
                seen.push(Seen { witness: witness.name.clone(), time: *time });
                places.insert(place);
            }
        }
        let quorum = self.quorum();
        match self.quorum {
            Some(member) if !self.has_seen(member, &places) => Err(Unmet::Quorum { seen, quorum }),
            Some(_) | None => Ok(Met { log: log.clone(), seen, quorum }),
        }
    }

    /// A group refers to names above it alone, so this ends.
    fn has_seen(&self, member: Member, places: &HashSet<usize>) -> bool {
        match member {
            Member::Witness(place) => places.contains(&place),
            Member::Group(place) => {
                let Group { needed, members, .. } = &self.groups[place];
                members.iter().filter(|member| self.has_seen(**member, places)).count() >= *needed
            }
        }
    }
}
