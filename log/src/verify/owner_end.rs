//! The sections after an owner's entries, which show that the entries are all there were.

use uuid::Uuid;

use super::{Options, VerifyError, shares_a_key};
use crate::checkpoint::{Checkpoint, KnownKeys, SignedCheckpoint, VerifierKey};
use crate::declaration::Declaration;
use crate::export::{Header, Section, SectionKind};
use crate::fault::{Fault, FaultKind};
use crate::hash::Hash;
use crate::policy::Met;
use crate::state::Checked;
use crate::tree::{Head, check_inclusion, head_leaf};

/// The bodies of the sections; empty until they come.
#[derive(Debug, Default)]
pub(super) struct Sections {
    checkpoint: Option<Vec<u8>>,
    committed: Vec<u8>,
    inclusion: Vec<u8>,
    head_proof: Vec<u8>,
}

impl Sections {
    /// Takes in a section that is not a blob or an entry.
    pub(super) fn take(&mut self, section: Section<'_>) {
        let body = section.body.to_vec();
        match section.kind {
            SectionKind::Checkpoint => self.checkpoint = Some(body),
            SectionKind::Committed => self.committed = body,
            SectionKind::Inclusion => self.inclusion = body,
            SectionKind::HeadProof => self.head_proof = body,
            SectionKind::Header | SectionKind::Blob | SectionKind::Entry | SectionKind::End => {}
        }
    }
}

/// The end of an owner's export.
pub(super) struct OwnerEnd<'v> {
    /// What the export says it is.
    pub(super) header: &'v Header,
    /// Whose entries it holds.
    pub(super) owner: Uuid,
    /// The last of them.
    pub(super) head: Head,
    /// What stands after them.
    pub(super) sections: &'v Sections,
    /// What was given from outside.
    pub(super) options: &'v Options,
}

/// What the end of an owner's export shows.
pub(super) struct OwnerShown {
    /// The log's size and root.
    pub(super) checkpoint: Checkpoint,
    /// Keys from outside that signed it.
    pub(super) keys: Vec<VerifierKey>,
    /// How it meets the policy.
    pub(super) policy: Option<Met>,
}

impl OwnerEnd<'_> {
    /// Makes the checks in the format's order.
    pub(super) fn check(&self) -> Result<OwnerShown, VerifyError> {
        if self.head == Head::NONE {
            return Err(self.truncated().into());
        }
        let note = self.sections.checkpoint.as_ref().ok_or_else(|| self.truncated())?;
        let signed = self.checkpoint(note).ok_or(self.fault(FaultKind::Checkpoint))?;
        self.require(self.heads() == Some(true), FaultKind::Heads)?;
        let root = signed.checkpoint().root;
        self.require(self.is_under(root), FaultKind::Root)?;
        self.compare(signed.checkpoint())?;
        let fault = self.fault(FaultKind::Signature);
        let keys = self.signatures(&signed, fault)?;
        let signers: Vec<&VerifierKey> = keys.iter().collect();
        // Without keys from outside nothing is said of signatures.
        let is_judged = self.options.policy.is_some() || !keys.is_empty();
        let judged = if is_judged { self.options.judge(&signed, &signers) } else { Ok(None) };
        let policy = judged.map_err(|why| VerifyError::Policy { fault, why })?;
        Ok(OwnerShown { checkpoint: signed.checkpoint().clone(), keys, policy })
    }

    /// The checkpoint can be read, and is this log's, of the export's size.
    fn checkpoint(&self, note: &[u8]) -> Option<SignedCheckpoint> {
        let of_log = |signed: &SignedCheckpoint| signed.checkpoint().origin == self.header.origin;
        let signed = SignedCheckpoint::parse(note).ok().filter(of_log)?;
        (signed.checkpoint().size == self.header.size && self.options.held().all(of_log)).then_some(signed)
    }

    /// The last entry commits to heads, and the owner's last entry is among them.
    fn heads(&self) -> Option<bool> {
        let committed = Checked::new(&self.sections.committed).ok()?;
        let entry = &committed.entry;
        let Some(Declaration::HeadsCommitted(heads)) = committed.declaration.as_deref() else { return None };
        let (index, proof) = self.sections.head_proof.split_first_chunk()?;
        let stands = entry.position == self.header.size
            && entry.owner.is_none()
            && entry.stream.id == self.header.log_id
            && entry.ends_append()
            && heads.size + 1 == self.header.size;
        let leaf = head_leaf(Some(self.owner), &self.head);
        let index = u64::from_be_bytes(*index);
        Some(stands && check_inclusion(leaf, index, heads.owners, &hashes(proof)?, heads.root))
    }

    /// The last entry is under the checkpoint's root.
    fn is_under(&self, root: Hash) -> bool {
        let leaf = crate::tree::leaf_hash(&self.sections.committed);
        let size = self.header.size;
        let shown = |proof: Vec<Hash>| check_inclusion(leaf, size - 1, size, &proof, root);
        size > 0 && hashes(&self.sections.inclusion).is_some_and(shown)
    }

    /// A held checkpoint is the same. Of another size it cannot be compared: that would take
    /// a consistency proof.
    fn compare(&self, checkpoint: &Checkpoint) -> Result<(), VerifyError> {
        for held in self.options.held().map(SignedCheckpoint::checkpoint) {
            if held.size != checkpoint.size {
                return Err(VerifyError::NotComparable { export: checkpoint.size, held: held.size });
            }
            self.require(held.root == checkpoint.root, FaultKind::Root)?;
        }
        Ok(())
    }

    /// The keys from outside that signed the checkpoint: one of the given, if any was given.
    fn signatures(&self, signed: &SignedCheckpoint, fault: Fault) -> Result<Vec<VerifierKey>, VerifyError> {
        let (given, size) = (&self.options.keys, signed.checkpoint().size);
        let mut signers = signed.signers(&KnownKeys::of(self.options.outside())).map_err(|_| fault)?;
        signers.retain(|key| self.options.counts(key, size));
        if !given.is_empty() && !shares_a_key(given, &signers) {
            return Err(self.options.unvouched(fault, size, &signers, &[]));
        }
        Ok(signers.into_iter().cloned().collect())
    }

    fn truncated(&self) -> Fault {
        Fault { position: self.head.owner_sequence + 1, kind: FaultKind::Truncated }
    }

    fn fault(&self, kind: FaultKind) -> Fault {
        Fault { position: self.head.owner_sequence, kind }
    }

    fn require(&self, holds: bool, kind: FaultKind) -> Result<(), Fault> {
        if holds { Ok(()) } else { Err(self.fault(kind)) }
    }
}

/// Hashes of 32 bytes each, and nothing else.
fn hashes(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    rest.is_empty().then(|| hashes.iter().copied().map(Hash).collect())
}
