//! The checkpoints of a copy, and those from outside, against the entries that were restored.

use super::error::RestoreError;
use super::rebuilding::Rebuilding;
use super::report::Loss;
use super::source::KeptCheckpoint;
use crate::checkpoint::{KnownKeys, SignedCheckpoint, VerifierKey};
use crate::fault::{Fault, FaultKind};
use crate::state::{HeadsRoot, KeyList};
use crate::verify::{self, Disagreement, lists_to_sign, shares_a_key};

/// What checkpoints say about the restored entries.
pub(super) struct Proof {
    /// Those that cover restored entries and agree, ascending, one of each size.
    pub(super) good: Vec<SignedCheckpoint>,
    /// What they say is lost, and those that are of no use themselves.
    pub(super) losses: Vec<Loss>,
}

impl Proof {
    /// Compares. An error means that the entries are not those that were signed, or not by
    /// those by whom they had to be. After a break, the log may have named keys that are not
    /// known here.
    pub(super) fn of(
        rebuilding: &Rebuilding,
        kept: Vec<KeptCheckpoint>,
        against: &verify::Options,
        is_broken: bool,
    ) -> Result<Self, RestoreError> {
        let contents = &rebuilding.state().contents;
        let origin = contents.identity().map(|identity| identity.origin.as_str()).unwrap_or_default();
        let mut proof = Self { good: Vec::new(), losses: Vec::new() };
        let mut read: Vec<(String, SignedCheckpoint)> = Vec::new();
        for KeptCheckpoint { name, note } in kept {
            match SignedCheckpoint::parse(&note) {
                Ok(signed) if signed.checkpoint().origin == origin => read.push((name, signed)),
                Ok(_) => proof.useless(name, "it is of another log"),
                Err(error) => proof.useless(name, &error.to_string()),
            }
        }
        // Of those of one size, the one that most have signed.
        read.sort_by_key(|(_, signed)| (signed.checkpoint().size, usize::MAX - signed.to_string().len()));
        let judge = Judge::new(rebuilding, against);
        let mut furthest: Option<(String, u64)> = None;
        let mut unjudged = 0;
        for (name, signed) in read {
            let size = signed.checkpoint().size;
            let before = proof.good.last().map_or(0, |last| last.checkpoint().size);
            if is_broken && size > judge.size && judge.knows_nobody(&signed) {
                unjudged += 1;
            } else if judge.signers(&signed, before).is_none() {
                proof.useless(name, "no key in force signed it");
            } else if size > judge.size {
                furthest = Some((name, size));
            } else {
                judge.stands(&signed)?;
                if before < size {
                    proof.good.push(signed);
                }
            }
        }
        if unjudged > 0 {
            proof.losses.push(Loss::Unjudged { after: judge.size, count: unjudged });
        }
        if let Some((name, size)) = furthest {
            proof.losses.push(Loss::Entries { after: judge.size, size, by: format!("the copy's checkpoint {name}") });
        }
        proof.outside(&judge, origin, against)?;
        Ok(proof)
    }

    /// Compares with what was given from outside.
    fn outside(&mut self, judge: &Judge<'_>, origin: &str, against: &verify::Options) -> Result<(), RestoreError> {
        let before_the_last = self.good.iter().rev().nth(1).map_or(0, |signed| signed.checkpoint().size);
        let signers = self.good.last().and_then(|last| judge.signers(last, before_the_last)).unwrap_or_default();
        if !against.keys.is_empty() && !shares_a_key(&against.keys, &signers) {
            return Err(Disagreement::of_keys(&against.keys, &signers, judge.lists).into());
        }
        match self.good.last() {
            Some(last) => drop(against.judge(last, &signers).map_err(RestoreError::Policy)?),
            None => judge.require(against.policy.is_none(), FaultKind::Signature)?,
        }
        for (held, by) in [(&against.checkpoint, "the given checkpoint"), (&against.kept, "the kept checkpoint")] {
            let Some(held) = held else { continue };
            let size = held.checkpoint().size;
            judge.require(held.checkpoint().origin == origin, FaultKind::Checkpoint)?;
            if judge.signers(held, size).is_none() {
                return Err(Disagreement::Unsigned { size }.into());
            }
            if size > judge.size {
                self.losses.push(Loss::Entries { after: judge.size, size, by: by.to_owned() });
            } else {
                judge.stands(held)?;
            }
        }
        Ok(())
    }

    fn useless(&mut self, name: String, why: &str) {
        self.losses.push(Loss::Checkpoint { name, why: why.to_owned() });
    }
}

/// Whether a signed checkpoint covers exactly the appends that are whole, the last of which
/// waits: after a break nothing else vouches for it.
pub(super) fn vouches(rebuilding: &Rebuilding, kept: &[KeptCheckpoint], against: &verify::Options) -> bool {
    let size = rebuilding.whole();
    let judge = Judge { size, ..Judge::new(rebuilding, against) };
    let held = against.held().cloned();
    let mut all = kept.iter().filter_map(|kept| SignedCheckpoint::parse(&kept.note).ok()).chain(held);
    all.any(|signed| {
        let covers = signed.checkpoint().size == size && judge.stands(&signed).is_ok();
        covers && judge.signers(&signed, size).is_some()
    })
}

/// What checkpoints are judged by.
struct Judge<'r> {
    /// Number of restored entries.
    size: u64,
    lists: &'r [KeyList],
    known: KnownKeys<'r>,
    against: &'r verify::Options,
    roots: &'r [HeadsRoot],
}

impl<'r> Judge<'r> {
    fn new(rebuilding: &'r Rebuilding, against: &'r verify::Options) -> Self {
        let state = rebuilding.state();
        let lists = state.contents.keys();
        Self {
            size: rebuilding.position(),
            lists,
            known: KnownKeys::of(lists.iter().flat_map(|list| &list.keys).chain(against.outside())),
            against,
            roots: state.commitments.heads_roots(),
        }
    }

    /// Who signed a checkpoint, if keys that had to are among them. Of one that is larger
    /// than what was restored, the keys in force at its size are not known: then one of the
    /// last known list is enough. A compromised key counts up to its cut-off.
    fn signers(&self, signed: &SignedCheckpoint, after: u64) -> Option<Vec<&'r VerifierKey>> {
        let mut signers = signed.signers(&self.known).ok()?;
        signers.retain(|key| self.against.counts(key, signed.checkpoint().size));
        let needed = lists_to_sign(self.lists, after, signed.checkpoint().size)?;
        needed.iter().all(|list| shares_a_key(&list.keys, &signers)).then_some(signers)
    }

    /// Whether no known key is among those that are said to have signed a checkpoint.
    fn knows_nobody(&self, signed: &SignedCheckpoint) -> bool {
        signed.signers(&self.known).is_ok_and(|signers| signers.is_empty())
    }

    /// A checkpoint of restored entries has their root, and stands on committed heads.
    fn stands(&self, signed: &SignedCheckpoint) -> Result<(), Fault> {
        let checkpoint = signed.checkpoint();
        let fault = |kind| Fault { position: checkpoint.size, kind };
        let found = self.roots.binary_search_by_key(&checkpoint.size, |heads| heads.size);
        let heads = found.ok().map(|place| &self.roots[place]).filter(|heads| heads.ends_append);
        let heads = heads.ok_or(fault(FaultKind::Checkpoint))?;
        if heads.root == checkpoint.root { Ok(()) } else { Err(fault(FaultKind::Root)) }
    }

    fn require(&self, holds: bool, kind: FaultKind) -> Result<(), Fault> {
        if holds { Ok(()) } else { Err(Fault { position: self.size, kind }) }
    }
}
