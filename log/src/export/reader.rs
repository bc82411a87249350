//! Reads an export in chunks of whole sections.
//!
//! A chunk is one large read and borrows nothing, so that a thread can have it while
//! another reads the next; its memory stays within what was asked for, or within the
//! largest section.

use std::io::{self, Read};
use std::ops::Range;

use super::FIRST_LINE;
use super::grammar::Grammar;
use super::header::Header;
use super::section::{Section, SectionKind};

/// Type and length.
const SECTION_HEAD: usize = 5;
/// Bytes asked for at a time when a section is larger than a chunk.
const STEP: usize = 1 << 20;

/// How a file ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// With its end section.
    Complete {
        /// Whether bytes follow it.
        trailing: bool,
    },
    /// Before its end section.
    Truncated,
    /// Not an export, or its sections are not in order: nothing after was read.
    OutOfOrder,
}

/// Whole sections, as read.
#[derive(Debug, Default)]
pub struct Chunk {
    bytes: Vec<u8>,
    filled: usize,
    sections: Vec<(SectionKind, Range<usize>)>,
}

impl Chunk {
    /// The sections, in order. Those of unknown lowercase types are not among them.
    pub fn sections(&self) -> impl ExactSizeIterator<Item = Section<'_>> {
        let section =
            |(kind, range): &(SectionKind, Range<usize>)| Section { kind: *kind, body: &self.bytes[range.clone()] };
        self.sections.iter().map(section)
    }

    /// Empties it, with room for so many bytes. What a larger section took is given back.
    fn clear(&mut self, room: usize) {
        self.sections.clear();
        self.filled = 0;
        self.bytes.resize(room, 0);
        if self.bytes.capacity() / 2 > room {
            self.bytes.shrink_to(room);
        }
    }

    /// Reads until at least `wanted` bytes are there. Answers whether they are.
    fn fill(&mut self, source: &mut impl Read, wanted: usize) -> io::Result<bool> {
        while self.filled < wanted {
            // Grows with what is there, never with what a length claims.
            if self.bytes.len() < wanted {
                self.bytes.resize(wanted.min(self.filled + STEP), 0);
            }
            match source.read(&mut self.bytes[self.filled..]) {
                Ok(0) => return Ok(false),
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}

/// Reads the sections of an export.
#[derive(Debug)]
pub struct SectionReader<R> {
    source: R,
    grammar: Grammar,
    /// The start of a section that the last chunk had no more of.
    carry: Vec<u8>,
    bytes: u64,
    ending: Option<Ending>,
}

impl<R: Read> SectionReader<R> {
    /// Reads from the start of a file.
    pub fn new(source: R) -> Self {
        Self { source, grammar: Grammar::new(), carry: Vec::new(), bytes: 0, ending: None }
    }

    /// What the export says it is, once that was read.
    #[must_use]
    pub fn header(&self) -> Option<&Header> {
        self.grammar.header()
    }

    /// Number of entries read.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.grammar.entries()
    }

    /// Number of bytes read.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How the file ended, once it has.
    #[must_use]
    pub fn ending(&self) -> Option<Ending> {
        self.ending
    }

    /// The source, wherever it is.
    pub fn into_source(self) -> R {
        self.source
    }

    /// Fills a chunk with about `size` bytes of whole sections. The chunk is empty only
    /// after the end.
    pub fn read(&mut self, chunk: &mut Chunk, size: usize) -> io::Result<()> {
        chunk.clear(size.max(self.carry.len()));
        if self.ending.is_some() {
            return Ok(());
        }
        chunk.bytes[..self.carry.len()].copy_from_slice(&self.carry);
        chunk.filled = self.carry.len();
        let before = chunk.filled as u64;
        let mut at = 0;
        let mut all = !chunk.fill(&mut self.source, size.max(FIRST_LINE.len()))?;
        if self.bytes == 0 {
            if !chunk.bytes[..chunk.filled].starts_with(FIRST_LINE) {
                self.ending = Some(Ending::OutOfOrder);
                return Ok(());
            }
            at = FIRST_LINE.len();
        }
        loop {
            self.walk(chunk, &mut at);
            if self.grammar.is_at_end() {
                let trailing = at < chunk.filled || chunk.fill(&mut self.source, chunk.filled + 1)?;
                self.ending = Some(Ending::Complete { trailing });
            }
            if self.ending.is_some() || all || !chunk.sections.is_empty() {
                break;
            }
            all = !chunk.fill(&mut self.source, chunk.filled + STEP)?;
        }
        self.bytes += chunk.filled as u64 - before;
        self.carry.clear();
        self.carry.extend_from_slice(&chunk.bytes[at..chunk.filled]);
        if all && self.ending.is_none() {
            self.ending = Some(Ending::Truncated);
        }
        Ok(())
    }

    /// Takes in the whole sections from `at` on.
    fn walk(&mut self, chunk: &mut Chunk, at: &mut usize) {
        while !self.grammar.is_at_end()
            && let Some(body) = whole_section(&chunk.bytes[*at..chunk.filled])
        {
            let byte = chunk.bytes[*at];
            let range = *at + SECTION_HEAD..*at + SECTION_HEAD + body;
            match self.grammar.section(byte, &chunk.bytes[range.clone()]) {
                Ok(kind) => chunk.sections.extend(kind.map(|kind| (kind, range.clone()))),
                Err(_) => {
                    self.ending = Some(Ending::OutOfOrder);
                    return;
                }
            }
            *at = range.end;
        }
    }
}

/// Length of the body of the section that begins here, if all of it is there.
fn whole_section(bytes: &[u8]) -> Option<usize> {
    let (head, rest) = bytes.split_first_chunk::<SECTION_HEAD>()?;
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
    (rest.len() >= length).then_some(length)
}
