//! One log that a witness knows, and the rules for going on with it. They are checked, and
//! the record is replaced, under one lock: of two requests from the same size one goes on.

use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::kept::{Cosigned, KeptFile};
use super::{AddCheckpoint, Refusal, WitnessError};
use crate::checkpoint::{KnownKeys, SignatureLine, SignedCheckpoint, VerifierKey};
use crate::cosignature::{Cosigner, WitnessKey};
use crate::tree::{check_consistency, empty_root};

/// A log.
#[derive(Debug)]
pub(super) struct KnownLog {
    keys: Vec<VerifierKey>,
    file: KeptFile,
    /// What the file holds; `None` if it has to be read, since a write may have failed.
    record: Mutex<Option<Option<Cosigned>>>,
}

impl KnownLog {
    pub(super) fn new(directory: &Path, origin: &str) -> Self {
        Self { keys: Vec::new(), file: KeptFile::new(directory, origin), record: Mutex::new(None) }
    }

    /// Takes signatures of this key, too.
    pub(super) fn trust(&mut self, key: VerifierKey) {
        if !self.keys.contains(&key) {
            self.keys.push(key);
        }
    }

    /// The file, if there is one, holds what this witness wrote.
    pub(super) fn check(&self, key: &WitnessKey) -> Result<(), WitnessError> {
        let path = self.file.path().to_owned();
        self.file.read(key).map(drop).map_err(|error| WitnessError::File { path, why: error.to_string() })
    }

    /// What was cosigned last.
    pub(super) fn latest(&self, key: &WitnessKey) -> io::Result<Option<String>> {
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(self.current(&mut record, key)?.map(|last| last.signed.to_string()))
    }

    /// The checks of `tlog-witness`, in its order; then the record, and then the answer.
    pub(super) fn add(&self, request: &AddCheckpoint, cosigner: &Cosigner, now: u64) -> Result<SignatureLine, Refusal> {
        let checkpoint = request.signed.checkpoint();
        let lines = self.trusted_lines(&request.signed)?;
        if request.old > checkpoint.size {
            return Err(Refusal::Malformed("the old size is larger than that of the checkpoint"));
        }
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        let last = self.current(&mut record, cosigner.key()).map_err(Refusal::Record)?;
        let size = last.map_or(0, |last| last.signed.checkpoint().size);
        if request.old != size {
            return Err(Refusal::Conflict(size));
        }
        goes_on(last.map(|last| &last.signed), request)?;
        // A clock that was put back does not make the larger tree the older one.
        let time = last.map_or(now, |last| now.max(last.time));
        let line = cosigner.cosign(checkpoint, time);
        // Its own line first: of those of the log a reader takes no more than fit beside it.
        let signed = SignedCheckpoint::of(checkpoint.clone(), vec![line.clone()]).with(lines);
        let next = Cosigned { signed, time };
        // What is in the file is not known until it is written, and not if it cannot be.
        *record = None;
        self.file.write(&next).map_err(Refusal::Record)?;
        *record = Some(Some(next));
        Ok(line)
    }

    /// The lines of trusted keys, of which one is needed at least and none may be wrong.
    fn trusted_lines(&self, signed: &SignedCheckpoint) -> Result<Vec<SignatureLine>, Refusal> {
        let signers = signed.signers(&KnownKeys::of(&self.keys));
        let signers = signers.map_err(|_| Refusal::Untrusted("a signature of a trusted key does not verify"))?;
        let is_trusted =
            |line: &&SignatureLine| signers.iter().any(|key| (key.name(), key.id()) == (line.name(), line.key_id()));
        let lines: Vec<SignatureLine> = signed.lines().iter().filter(is_trusted).cloned().collect();
        if lines.is_empty() {
            return Err(Refusal::Untrusted("no key that is trusted for this log signed the checkpoint"));
        }
        Ok(lines)
    }

    fn current<'r>(
        &self,
        record: &'r mut Option<Option<Cosigned>>,
        key: &WitnessKey,
    ) -> io::Result<Option<&'r Cosigned>> {
        if record.is_none() {
            *record = Some(self.file.read(key)?);
        }
        Ok(record.as_ref().and_then(Option::as_ref))
    }
}

/// Whether the checkpoint goes on from the last one, whose size the request names.
fn goes_on(last: Option<&SignedCheckpoint>, request: &AddCheckpoint) -> Result<(), Refusal> {
    let next = request.signed.checkpoint();
    if next.size == 0 && next.root != empty_root() {
        return Err(Refusal::Inconsistent("a log without entries has the root of the empty tree"));
    }
    if let Some(last) = last
        && last.checkpoint().size == next.size
        && last.checkpoint().root != next.root
    {
        return Err(Refusal::Forked { cosigned: last.to_string(), refused: request.signed.to_string() });
    }
    let (size, root) = last.map_or((0, empty_root()), |last| (last.checkpoint().size, last.checkpoint().root));
    if check_consistency(size, root, next.size, next.root, &request.proof) {
        Ok(())
    } else {
        Err(Refusal::Inconsistent("the proof does not show that the tree goes on from the one that was cosigned"))
    }
}
