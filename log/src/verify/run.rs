//! One pass over a file: chunks are read, decoded, and given to whoever judges them.

use std::io::{self, Read, Seek, SeekFrom};
use std::num::NonZeroUsize;

use super::decode::{Items, decode};
use super::options::Progress;
use crate::export::{Chunk, Ending, Header, SectionReader};
use crate::fault::{Fault, FaultKind};

/// Bytes of a chunk: enough that threads are worth starting, and little enough that a
/// chunk's decoded entries stay in the cache between the steps.
const CHUNK: usize = 2 << 20;

/// Follows the rules between sections.
pub(super) trait Judge {
    /// Takes in the next sections.
    fn judge(&mut self, items: &Items<'_>) -> Result<(), Fault>;
}

/// A pass over a file.
pub(super) struct Run<'r, S> {
    reader: SectionReader<&'r mut S>,
    chunk: Chunk,
    chunk_size: usize,
    workers: NonZeroUsize,
    total: u64,
    progress: &'r mut dyn FnMut(Progress),
}

/// What a pass found besides what its judge keeps.
#[derive(Debug)]
pub(super) struct Passed {
    /// Number of entries in the file.
    pub(super) entries: u64,
    /// Whether bytes follow the end.
    pub(super) trailing: bool,
}

impl<'r, S: Read + Seek> Run<'r, S> {
    /// Reads the first chunk.
    pub(super) fn begin(
        source: &'r mut S,
        workers: NonZeroUsize,
        progress: &'r mut dyn FnMut(Progress),
    ) -> io::Result<Self> {
        let total = source.seek(SeekFrom::End(0))?;
        source.rewind()?;
        let mut reader = SectionReader::new(source);
        let mut chunk = Chunk::default();
        // One byte more than a small file has shows its end at once.
        let chunk_size = usize::try_from(total).map_or(CHUNK, |total| CHUNK.min(total + 1));
        reader.read(&mut chunk, chunk_size)?;
        Ok(Self { reader, chunk, chunk_size, workers, total, progress })
    }

    /// What the export says it is.
    pub(super) fn header(&self) -> Option<Header> {
        self.reader.header().cloned()
    }

    /// How many threads there are.
    pub(super) fn workers(&self) -> NonZeroUsize {
        self.workers
    }

    /// What is wrong with the file itself, as far as it was read.
    pub(super) fn structural_fault(&self) -> Option<Fault> {
        let kind = match self.reader.ending()? {
            Ending::Complete { .. } => return None,
            Ending::Truncated => FaultKind::Truncated,
            Ending::OutOfOrder => FaultKind::File,
        };
        Some(Fault { position: self.reader.entries() + 1, kind })
    }

    /// Reads the file to its end. A fault of the file itself comes before any that the
    /// judge finds, so after one of those the rest is still read.
    pub(super) fn pass(&mut self, judge: &mut impl Judge) -> Result<Passed, super::VerifyError> {
        let mut judged = Ok(());
        let mut next = Chunk::default();
        loop {
            (self.progress)(Progress { done: self.reader.bytes(), total: self.total });
            let (reader, size) = (&mut self.reader, self.chunk_size);
            if judged.is_ok() {
                let (items, read) = decode(&self.chunk, self.workers, || reader.read(&mut next, size));
                judged = judge.judge(&items);
                read?;
            } else {
                reader.read(&mut next, size)?;
            }
            std::mem::swap(&mut self.chunk, &mut next);
            if self.chunk.sections().len() == 0 {
                break;
            }
        }
        if let Some(fault) = self.structural_fault() {
            return Err(fault.into());
        }
        judged?;
        let trailing = self.reader.ending() == Some(Ending::Complete { trailing: true });
        Ok(Passed { entries: self.reader.entries(), trailing })
    }

    /// The file, for another look.
    pub(super) fn into_source(self) -> &'r mut S {
        self.reader.into_source()
    }
}
