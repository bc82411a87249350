//! A witness of logs: C2SP `tlog-witness`, without HTTP. For each log that it knows it
//! keeps the last checkpoint that it cosigned, and cosigns a further one only if that goes
//! on from it. So it never signs two trees of one size, and never a smaller one after a
//! larger one, across its restarts too.
//!
//! It keeps its key and a file per log in a directory of its own, and needs no database.
//! Whatever puts that directory back to an earlier state makes the witness forget what it
//! has said: then it must be retired, and begin again under a new key.
//!
//! What this is not for: the entries of logs, which it never sees, and listening for
//! requests.

mod kept;
mod key_file;
mod known;
mod request;

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

pub use request::{AddCheckpoint, RequestError, read_answer};

use crate::checkpoint::{SignatureLine, VerifierKey};
use crate::cosignature::{Cosigner, WitnessKey};
use crate::durable;
use kept::origin_hash;
use known::KnownLog;

/// Why a witness cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// Another process is this witness.
    #[error("another witness is using {0}: stop it first")]
    InUse(PathBuf),
    /// A file cannot be read or written, or holds something else.
    #[error("{path}: {why}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        why: String,
    },
    /// There is no key yet, and nobody said how the witness is called.
    #[error("{0} holds no key yet: name the witness to make one")]
    NoName(PathBuf),
    /// The key is of another name.
    #[error("the key in {path} is of {name}: name the witness so, or use another directory")]
    OtherName {
        /// The file.
        path: PathBuf,
        /// The name of the key.
        name: String,
    },
}

/// Why a checkpoint is not cosigned.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The request is not one.
    #[error("{0}")]
    Malformed(&'static str),
    /// No log of that origin is known.
    #[error("no log of this origin is known here")]
    UnknownLog,
    /// No key that is trusted for the log signed it, or a line of one does not verify.
    #[error("{0}")]
    Untrusted(&'static str),
    /// The request goes on from another size than that of the last cosigned checkpoint.
    #[error("the last checkpoint that was cosigned has {0} entries")]
    Conflict(u64),
    /// The log signed another tree of the size that was cosigned last: two histories, which
    /// the two notes prove.
    #[error("another root of the same size was cosigned before: the log was forked")]
    Forked {
        /// What was cosigned.
        cosigned: String,
        /// What was asked for.
        refused: String,
    },
    /// It was not shown that the tree goes on from the one that was cosigned. That proves
    /// nothing of the log: anybody can send a checkpoint of it with a proof of nothing.
    #[error("{0}")]
    Inconsistent(&'static str),
    /// The record could not be read or written.
    #[error("the record cannot be kept at present: {0}")]
    Record(#[source] io::Error),
}

/// A witness, the only one on its directory.
#[derive(Debug)]
pub struct Witness {
    cosigner: Cosigner,
    logs: BTreeMap<String, KnownLog>,
    _lock: File,
}

impl Witness {
    /// Begins in a directory, which is made if it is not there; so is the key, under the
    /// name given. `keys` are those of logs, each under its log's origin; a log may have
    /// several. What was cosigned before is read, and must be what this witness wrote.
    pub fn open(directory: &Path, name: Option<&str>, keys: Vec<VerifierKey>) -> Result<Self, WitnessError> {
        let failed = |error: io::Error| WitnessError::File { path: directory.to_owned(), why: error.to_string() };
        durable::private_directory(directory).map_err(failed)?;
        let lock = durable::lock(&directory.join("lock")).map_err(failed)?;
        let lock = lock.ok_or_else(|| WitnessError::InUse(directory.to_owned()))?;
        let cosigner = key_file::read_or_make(directory, name)?;
        let mut logs = BTreeMap::<String, KnownLog>::new();
        for key in keys {
            let origin = key.name().to_owned();
            let known = logs.entry(origin).or_insert_with_key(|origin| KnownLog::new(directory, origin));
            known.trust(key);
        }
        for known in logs.values() {
            known.check(cosigner.key())?;
        }
        Ok(Self { cosigner, logs, _lock: lock })
    }

    /// The key of the witness in a directory; made, as [`Self::open`] makes it.
    pub fn key_in(directory: &Path, name: Option<&str>) -> Result<WitnessKey, WitnessError> {
        if let Some(cosigner) = key_file::read(directory, name)? {
            return Ok(cosigner.key().clone());
        }
        Self::open(directory, name, Vec::new()).map(|witness| witness.key().clone())
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> &WitnessKey {
        self.cosigner.key()
    }

    /// The origins of the logs that it knows.
    pub fn origins(&self) -> impl Iterator<Item = &str> {
        self.logs.keys().map(String::as_str)
    }

    /// Cosigns a checkpoint at a time, in seconds since the Unix epoch, if it goes on from
    /// what was cosigned before. The record is durable when this answers. It waits for the
    /// disk.
    pub fn add_checkpoint(&self, body: &[u8], now: u64) -> Result<SignatureLine, Refusal> {
        let request = AddCheckpoint::parse(body).map_err(|error| Refusal::Malformed(error.0))?;
        let known = self.logs.get(&request.signed.checkpoint().origin).ok_or(Refusal::UnknownLog)?;
        known.add(&request, &self.cosigner, now)
    }

    /// The last checkpoint that was cosigned of the log whose origin has this SHA-256, in
    /// lowercase hexadecimal digits.
    pub fn latest(&self, hash: &str) -> Result<Option<String>, io::Error> {
        let known = self.logs.iter().find(|(origin, _)| origin_hash(origin) == hash);
        known.map_or(Ok(None), |(_, known)| known.latest(self.key()))
    }
}

#[cfg(test)]
mod tests;
