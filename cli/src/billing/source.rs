//! An export that was verified, read again entry by entry. What is read is what was
//! verified: both readings must come to the same digest.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use gpuaas_domain::{AnyEvent, Kind};
use gpuaas_log::entry::{Entry, PayloadRef};
use gpuaas_log::export::{Chunk, ExportKind, SectionKind, SectionReader};
use gpuaas_log::hash::Hash;
use gpuaas_log::payload;
use gpuaas_log::verify::{Options, Report, VerifyError, verify};

use super::Unproven;
use crate::audit::progress;

/// Bytes read at once.
const CHUNK: usize = 1 << 20;

/// A good export.
pub(super) struct Source {
    path: PathBuf,
    digest: blake3::Hash,
    /// Whose entries it holds.
    pub(super) kind: ExportKind,
    /// What was verified.
    pub(super) report: Report,
}

/// An entry whose event is one that this program knows.
pub(super) struct Happened<'e> {
    /// The entry.
    pub(super) entry: &'e Entry<'e>,
    /// Its hash.
    pub(super) hash: Hash,
    /// What happened.
    pub(super) event: AnyEvent,
}

impl Source {
    /// Verifies an export.
    pub(super) fn open(path: &Path, options: &Options) -> Result<Self, Unproven> {
        let file = File::open(path).with_context(|| path.display().to_string())?;
        let mut file = Hashed { inner: file, hasher: blake3::Hasher::new() };
        let bar = progress::of_a_file();
        let verified = verify(&mut file, options, &mut |done| {
            bar.set_length(done.total);
            bar.set_position(done.done);
        });
        bar.finish_and_clear();
        let report = verified.map_err(|error| match error {
            VerifyError::Fault(fault) => Unproven::Fault(fault),
            VerifyError::Outside { why, .. } => Unproven::Outside(why),
            error @ (VerifyError::Policy { .. } | VerifyError::Io(_) | VerifyError::NotComparable { .. }) => {
                anyhow::Error::from(error).into()
            }
        })?;
        let kind = match report.whose {
            gpuaas_log::verify::Whose::Whole { .. } => ExportKind::Whole,
            gpuaas_log::verify::Whose::Owner { owner, .. } => ExportKind::Owner(owner),
        };
        Ok(Self { path: path.to_owned(), digest: file.hasher.finalize(), kind, report })
    }

    /// Gives every wanted entry of these kinds to a reader, in order.
    pub(super) fn read(
        &self,
        wanted: impl Fn(Kind, &Entry<'_>) -> bool,
        mut reader: impl FnMut(Happened<'_>) -> Result<(), Unproven>,
    ) -> Result<(), Unproven> {
        let file = File::open(&self.path).with_context(|| self.path.display().to_string())?;
        let mut sections = SectionReader::new(Hashed { inner: file, hasher: blake3::Hasher::new() });
        let mut chunk = Chunk::default();
        loop {
            sections.read(&mut chunk, CHUNK).context("the export could not be read")?;
            if chunk.sections().len() == 0 {
                break;
            }
            for section in chunk.sections().filter(|section| section.kind == SectionKind::Entry) {
                let entry = Entry::decode(section.body).context("the export changed while it was read")?;
                let Some(kind) = Kind::parse(entry.stream.kind).filter(|kind| wanted(*kind, &entry)) else { continue };
                let event = event(kind, &entry)?;
                reader(Happened { entry: &entry, hash: Hash::of_entry(section.body), event })?;
            }
        }
        let same = sections.into_source().hasher.finalize() == self.digest;
        Ok(same.then_some(()).context("the export changed while it was read")?)
    }
}

fn event(kind: Kind, entry: &Entry<'_>) -> anyhow::Result<AnyEvent> {
    let PayloadRef::Inline(bytes) = entry.payload else {
        anyhow::bail!("the payload of entry {} is not in it", entry.position);
    };
    let event = AnyEvent::deserialize(kind, entry.event, entry.schema, &mut payload::deserializer(bytes));
    event.with_context(|| format!("entry {} is of a later version than this program", entry.position))
}

/// What was read, and its digest.
struct Hashed<R> {
    inner: R,
    hasher: blake3::Hasher,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.hasher.update(&into[..read]);
        Ok(read)
    }
}

impl<R: Seek> Seek for Hashed<R> {
    /// What was read before counts no more.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.hasher.reset();
        self.inner.seek(to)
    }
}
