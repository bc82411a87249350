//! Writes exports.
//!
//! The order in which blobs and entries are given is the order in the file. A blob must
//! come before the first entry that names it; we write those of an append before its
//! first entry, so that an importer has them when it appends.

use std::io::{self, Write};

use foldhash::{HashSet, HashSetExt as _};
use uuid::Uuid;

use super::FIRST_LINE;
use super::header::{ExportKind, Header};
use super::section::SectionKind;
use crate::checkpoint::SignedCheckpoint;
use crate::hash::Hash;
use crate::tree::HeadProof;

/// Writes an export of all entries.
#[derive(Debug)]
pub struct WholeWriter<W> {
    sections: Sections<W>,
}

impl<W: Write> WholeWriter<W> {
    /// Begins an export of the log's first `size` entries.
    pub fn new(out: W, log_id: Uuid, origin: &str, size: u64) -> io::Result<Self> {
        let header = Header { kind: ExportKind::Whole, log_id, origin: origin.to_owned(), size };
        Ok(Self { sections: Sections::begin(out, &header)? })
    }

    /// Writes a blob or detached body, unless it was written before.
    pub fn blob(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sections.blob(bytes)
    }

    /// Writes the next entry.
    pub fn entry(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sections.write(SectionKind::Entry, bytes)
    }

    /// Writes the checkpoints, ascending by size (one for each change of keys, and the
    /// one of the export's size), and ends the export.
    pub fn finish(mut self, checkpoints: &[SignedCheckpoint]) -> io::Result<W> {
        for checkpoint in checkpoints {
            self.sections.write(SectionKind::Checkpoint, checkpoint.to_string().as_bytes())?;
        }
        self.sections.end()
    }
}

/// Writes an export of one organization's entries.
#[derive(Debug)]
pub struct OwnerWriter<W> {
    sections: Sections<W>,
}

impl<W: Write> OwnerWriter<W> {
    /// Begins an export of the owner's entries as of a log of `size` entries, the last
    /// of which is a `log.heads_committed`.
    pub fn new(out: W, log_id: Uuid, origin: &str, owner: Uuid, size: u64) -> io::Result<Self> {
        let header = Header { kind: ExportKind::Owner(owner), log_id, origin: origin.to_owned(), size };
        Ok(Self { sections: Sections::begin(out, &header)? })
    }

    /// Writes a detached body, unless it was written before.
    pub fn body(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sections.blob(bytes)
    }

    /// Writes the owner's next entry.
    pub fn entry(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sections.write(SectionKind::Entry, bytes)
    }

    /// Writes what shows that the entries are all, and ends the export: the checkpoint,
    /// the bytes of the log's last entry, its inclusion proof, and the proof of the
    /// owner's head in the tree that it commits to.
    pub fn finish(
        mut self,
        checkpoint: &SignedCheckpoint,
        committed: &[u8],
        inclusion: &[Hash],
        head: &HeadProof,
    ) -> io::Result<W> {
        self.sections.write(SectionKind::Checkpoint, checkpoint.to_string().as_bytes())?;
        self.sections.write(SectionKind::Committed, committed)?;
        self.sections.write(SectionKind::Inclusion, &concatenated(inclusion))?;
        let proof = [&head.index.to_be_bytes()[..], &concatenated(&head.hashes)].concat();
        self.sections.write(SectionKind::HeadProof, &proof)?;
        self.sections.end()
    }
}

fn concatenated(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

#[derive(Debug)]
struct Sections<W> {
    out: W,
    blobs: HashSet<Hash>,
}

impl<W: Write> Sections<W> {
    fn begin(mut out: W, header: &Header) -> io::Result<Self> {
        out.write_all(FIRST_LINE)?;
        let mut sections = Self { out, blobs: HashSet::new() };
        sections.write(SectionKind::Header, &header.encode())?;
        Ok(sections)
    }

    fn blob(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.blobs.insert(Hash::of_blob(bytes)) { self.write(SectionKind::Blob, bytes) } else { Ok(()) }
    }

    fn write(&mut self, kind: SectionKind, body: &[u8]) -> io::Result<()> {
        let length = u32::try_from(body.len())
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "a section has at most 4 GiB"))?;
        let [a, b, c, d] = length.to_be_bytes();
        self.out.write_all(&[kind.byte(), a, b, c, d])?;
        self.out.write_all(body)
    }

    fn end(mut self) -> io::Result<W> {
        self.write(SectionKind::End, &[])?;
        self.out.flush()?;
        Ok(self.out)
    }
}
