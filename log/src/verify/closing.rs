//! What is checked after the last entry of a whole log: its checkpoints, against the
//! entries and against what was given from outside.

use std::collections::BTreeSet;
use std::io::{Read, Seek};

use super::checkpoints::Checkpoints;
use super::roots::roots_at;
use super::{Disagreement, Options, VerifyError};
use crate::checkpoint::{Checkpoint, KnownKeys, SignedCheckpoint, VerifierKey};
use crate::fault::{Fault, FaultKind};
use crate::hash::Hash;
use crate::policy::Met;
use crate::state::{HeadsRoot, KeyList, LogState};

/// A whole log's end.
pub(super) struct Closing<'v> {
    /// After the last entry.
    pub(super) state: &'v LogState,
    /// The export's.
    pub(super) checkpoints: &'v Checkpoints,
    /// Number of entries in the file.
    pub(super) entries: u64,
    /// Number of entries that the export says it has.
    pub(super) size: u64,
    /// What was given from outside.
    pub(super) options: &'v Options,
}

impl Closing<'_> {
    /// Makes the checks in the format's order. Answers the log's root, and how its last
    /// checkpoint meets the policy.
    pub(super) fn check<S: Read + Seek>(&self, source: &mut S) -> Result<(Hash, Option<Met>), VerifyError> {
        self.readable()?;
        let last = self.complete()?;
        self.roots(source)?;
        let met = self.signatures()?;
        self.on_heads()?;
        Ok((last.root, met))
    }

    /// The export's checkpoints and the held ones are this log's.
    fn readable(&self) -> Result<(), Fault> {
        let held_is_ours = self.options.held().all(|held| self.checkpoints.is_of_log(held));
        self.require(!self.checkpoints.is_broken() && held_is_ours, FaultKind::Checkpoint)
    }

    /// There are entries, as many as the header and the last checkpoint say, and no fewer
    /// than the held ones saw.
    fn complete(&self) -> Result<&Checkpoint, VerifyError> {
        let last = self.checkpoints.last();
        let shortest = last.map_or(self.entries, |last| last.size).min(self.size).min(self.entries);
        let truncated = |size: u64| Fault { position: size + 1, kind: FaultKind::Truncated };
        let agrees = |last: &&Checkpoint| self.entries > 0 && self.size == self.entries && last.size == self.entries;
        let last = last.filter(agrees).ok_or(truncated(shortest))?;
        let held = self.options.held().map(|held| held.checkpoint().size).max().unwrap_or(0);
        let why = Disagreement::Shorter { held, entries: self.entries };
        if held <= self.entries { Ok(last) } else { Err(VerifyError::Outside { fault: truncated(self.entries), why }) }
    }

    /// Every checkpoint has the root of the tree over the entries it covers.
    fn roots<S: Read + Seek>(&self, source: &mut S) -> Result<(), VerifyError> {
        let elsewhere: BTreeSet<u64> =
            self.all().map(|signed| signed.checkpoint().size).filter(|size| self.heads_root(*size).is_none()).collect();
        let others = if elsewhere.is_empty() { Default::default() } else { roots_at(source, &elsewhere)? };
        let right = |checkpoint: &Checkpoint| {
            let kept = self.heads_root(checkpoint.size).map(|heads| &heads.root);
            kept.or_else(|| others.get(&checkpoint.size)) == Some(&checkpoint.root)
        };
        let all_right = self.all().all(|signed| right(signed.checkpoint()));
        Ok(self.require(all_right, FaultKind::Root)?)
    }

    /// Every checkpoint is signed by a key in force; the first after a change of keys
    /// also by a key of each list that was replaced; the last by a key from outside, if
    /// any was given, and as the policy demands.
    fn signatures(&self) -> Result<Option<Met>, VerifyError> {
        let (lists, options) = (self.state.contents.keys(), self.options);
        let known = KnownKeys::of(lists.iter().flat_map(|list| &list.keys).chain(options.outside()));
        let signers = |signed: &SignedCheckpoint| {
            let mut signers = signed.signers(&known).ok()?;
            signers.retain(|key| options.counts(key, signed.checkpoint().size));
            Some(signers)
        };
        let Some(end) = self.checkpoints.iter().last() else { return Ok(None) };
        let last = signers(end).unwrap_or_default();
        let vouches = |key: &&VerifierKey| options.is_sound(key) && options.outside().any(|outside| outside == *key);
        let is_vouched_for = last.iter().any(vouches);
        // A change of keys beyond the cut-off of those it replaces rests on a key from outside.
        let is_excused =
            |list: &KeyList, size| is_vouched_for && !list.keys.iter().any(|key| options.counts(key, size));
        let is_signed = |signed: &SignedCheckpoint, after: u64| {
            let size = signed.checkpoint().size;
            let (Some(signers), Some(needed)) = (signers(signed), lists_to_sign(lists, after, size)) else {
                return false;
            };
            needed.iter().all(|list| shares_a_key(&list.keys, &signers) || is_excused(list, size))
        };
        let mut before = 0;
        for signed in self.checkpoints.iter() {
            self.require(is_signed(signed, before), FaultKind::Signature)?;
            before = signed.checkpoint().size;
        }
        let fault = Fault { position: self.entries, kind: FaultKind::Signature };
        if !options.keys.is_empty() && !shares_a_key(&options.keys, &last) {
            return Err(options.unvouched(fault, before, &last, lists));
        }
        let unsigned = |held: &&SignedCheckpoint| !is_signed(held, held.checkpoint().size);
        if let Some(held) = options.held().find(unsigned) {
            let why = Disagreement::Unsigned { size: held.checkpoint().size };
            return Err(VerifyError::Outside { fault, why });
        }
        options.judge(end, &last).map_err(|why| VerifyError::Policy { fault, why })
    }

    /// Every checkpoint stands on heads that end their append.
    fn on_heads(&self) -> Result<(), Fault> {
        let stands = |signed: &SignedCheckpoint| {
            self.heads_root(signed.checkpoint().size).is_some_and(|heads| heads.ends_append)
        };
        self.require(self.all().all(stands), FaultKind::Checkpoint)
    }

    /// The export's checkpoints and the held ones.
    fn all(&self) -> impl Iterator<Item = &SignedCheckpoint> {
        self.checkpoints.iter().chain(self.options.held())
    }

    fn heads_root(&self, size: u64) -> Option<&HeadsRoot> {
        let roots = self.state.commitments.heads_roots();
        roots.binary_search_by_key(&size, |heads| heads.size).ok().map(|place| &roots[place])
    }

    fn require(&self, holds: bool, kind: FaultKind) -> Result<(), Fault> {
        if holds { Ok(()) } else { Err(Fault { position: self.entries, kind }) }
    }
}

/// The lists of which a key signs a checkpoint of `size`, the checkpoint before being of
/// size `after`: the list in force, and each that was replaced in between. `None` if
/// none was in force.
pub(crate) fn lists_to_sign(lists: &[KeyList], after: u64, size: u64) -> Option<&[KeyList]> {
    let in_force = lists.partition_point(|list| list.since <= size).checked_sub(1)?;
    let at_the_last = lists.partition_point(|list| list.since <= after).saturating_sub(1);
    lists.get(at_the_last..=in_force)
}

/// Whether one of these keys is among those that signed.
pub(crate) fn shares_a_key(keys: &[VerifierKey], signers: &[&VerifierKey]) -> bool {
    signers.iter().any(|signer| keys.contains(signer))
}
