//! The record of one log: the last cosigned checkpoint, in a file of its own, as it is
//! served.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::checkpoint::SignedCheckpoint;
use crate::cosignature::{WitnessKey, cosignatures};
use crate::durable;

/// What was cosigned last, and when.
#[derive(Debug, Clone)]
pub(super) struct Cosigned {
    pub(super) signed: SignedCheckpoint,
    pub(super) time: u64,
}

/// The file.
#[derive(Debug)]
pub(super) struct KeptFile {
    path: PathBuf,
    origin: String,
}

impl KeptFile {
    pub(super) fn new(directory: &Path, origin: &str) -> Self {
        Self { path: directory.join(format!("{}.checkpoint", origin_hash(origin))), origin: origin.to_owned() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What it holds; `None` if nothing of this log was ever cosigned. Anything that this
    /// key did not cosign is an error.
    pub(super) fn read(&self, key: &WitnessKey) -> io::Result<Option<Cosigned>> {
        let damaged = |why: &str| {
            let advice = "a witness that has lost its record must not go on: retire its key";
            io::Error::new(ErrorKind::InvalidData, format!("{why}; {advice}"))
        };
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let signed = SignedCheckpoint::parse(&bytes).map_err(|error| damaged(&error.to_string()))?;
        if signed.checkpoint().origin != self.origin {
            return Err(damaged("it is of another log"));
        }
        match cosignatures(&signed, [key]).as_deref() {
            Ok([(_, time)]) => Ok(Some(Cosigned { time: *time, signed })),
            Ok(_) | Err(_) => Err(damaged("this witness did not cosign it")),
        }
    }

    /// Replaces it durably.
    pub(super) fn write(&self, cosigned: &Cosigned) -> io::Result<()> {
        durable::replace(&self.path, &cosigned.signed.to_string(), durable::PUBLIC)
    }
}

/// By which a log's record is found: SHA-256 of its origin, in lowercase hexadecimal digits.
pub(super) fn origin_hash(origin: &str) -> String {
    hex::encode(Sha256::digest(origin))
}
