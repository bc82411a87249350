//! One pass over a file: chunks are read, decoded, and given to those who judge them.

use std::io::{self, Read, Seek, SeekFrom};
use std::num::NonZeroUsize;

use super::judge::Judge;
use super::line::Line;
use super::options::{Options, Progress};
use crate::export::{Chunk, Ending, Header, SectionReader};
use crate::fault::{Fault, FaultKind};

/// A pass over a file.
pub(super) struct Run<'r, S> {
    reader: SectionReader<&'r mut S>,
    first: Chunk,
    chunk_size: usize,
    workers: NonZeroUsize,
    total: u64,
    progress: &'r mut dyn FnMut(Progress),
}

/// What a pass found besides what its judges keep.
#[derive(Debug)]
pub(super) struct Passed {
    /// Number of entries in the file.
    pub(super) entries: u64,
    /// Whether bytes follow the end.
    pub(super) trailing: bool,
}

impl<'r, S: Read + Seek + Send> Run<'r, S> {
    /// Reads the first chunk.
    pub(super) fn begin(
        source: &'r mut S,
        options: &Options,
        progress: &'r mut dyn FnMut(Progress),
    ) -> io::Result<Self> {
        let total = source.seek(SeekFrom::End(0))?;
        source.rewind()?;
        let mut reader = SectionReader::new(source);
        let mut first = Chunk::default();
        let chunk = options.chunk.get();
        // More threads than chunks have nothing to do.
        let chunks = usize::try_from(total.div_ceil(chunk as u64)).unwrap_or(usize::MAX);
        let workers = NonZeroUsize::new(chunks).map_or(NonZeroUsize::MIN, |chunks| chunks.min(options.workers));
        // One byte more than a small file has shows its end at once.
        let chunk_size = usize::try_from(total).map_or(chunk, |total| chunk.min(total + 1));
        reader.read(&mut first, chunk_size)?;
        Ok(Self { reader, first, chunk_size, workers, total, progress })
    }

    /// What the export says it is.
    pub(super) fn header(&self) -> Option<Header> {
        self.reader.header().cloned()
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

    /// Reads the file to its end. A fault of the file itself comes before any that a judge
    /// finds, so after one of those the rest is still read.
    pub(super) fn pass(&mut self, judges: Vec<&mut dyn Judge>) -> Result<Passed, super::VerifyError> {
        let (total, progress, first) = (self.total, &mut self.progress, std::mem::take(&mut self.first));
        progress(Progress { done: self.reader.bytes(), total });
        let line = Line::new(&mut self.reader, self.chunk_size, judges);
        let judged = line.run(first, self.workers, |done| progress(Progress { done, total }))?;
        progress(Progress { done: self.reader.bytes(), total });
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
