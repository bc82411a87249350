//! The latest lines of one workload, in memory and in a file that is written anew when it has
//! grown to twice of what is kept. Not durable: after a crash of the machine the engine's own
//! log gives again what is missing.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use gpuaas_domain::Timestamp;
use gpuaas_domain::bounded::Text;
use gpuaas_domain::node_protocol::logs::LogLine;
use serde::{Deserialize, Serialize};

use crate::executor::WrittenLine;
use crate::folder;

/// Bytes of text that are kept.
const KEPT: usize = 1 << 20;
/// What a line costs besides its text.
const OVERHEAD: usize = 64;
/// Longest part of a line.
const PART: usize = 4096;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept {
    nanos: i128,
    line: LogLine,
}

/// The latest lines.
#[derive(Debug)]
pub(super) struct Ring {
    path: PathBuf,
    file: Option<File>,
    lines: VecDeque<Kept>,
    kept: usize,
    written: usize,
    next: u64,
}

impl Ring {
    pub(super) fn open(path: PathBuf) -> Self {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        // A line that a crash tore is given again by the engine.
        let lines: VecDeque<Kept> = text.lines().map_while(|line| serde_json::from_str(line).ok()).collect();
        let kept = lines.iter().map(cost).sum();
        let next = lines.back().map_or(1, |last| last.line.sequence + 1);
        // Written anew at the first line, so that nothing follows a torn one.
        Self { path, file: None, lines, kept, written: usize::MAX, next }
    }

    pub(super) fn first(&self) -> u64 {
        self.lines.front().map_or(self.next, |first| first.line.sequence)
    }

    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// The moment of the last line, or one before all lines.
    pub(super) fn last_nanos(&self) -> i128 {
        self.lines.back().map_or(-1, |last| last.nanos)
    }

    pub(super) fn read(&self, from: u64, limit: u32) -> Vec<LogLine> {
        let wanted = self.lines.iter().filter(|kept| kept.line.sequence >= from);
        wanted.take(limit as usize).map(|kept| kept.line.clone()).collect()
    }

    /// Keeps a line that is newer than the last one: two followers may overlap for a moment.
    pub(super) fn keep(&mut self, written: &WrittenLine) -> io::Result<()> {
        if written.nanos <= self.last_nanos() {
            return Ok(());
        }
        for text in parts(&written.text) {
            let at = Timestamp(u64::try_from(written.nanos / 1000).unwrap_or_default());
            let line = LogLine { sequence: self.next, at, stream: written.stream, text: Text::clipped(text) };
            let kept = Kept { nanos: written.nanos, line };
            self.next += 1;
            self.kept += cost(&kept);
            self.lines.push_back(kept.clone());
            while self.kept > KEPT && self.lines.len() > 1 {
                self.kept -= self.lines.pop_front().as_ref().map_or(0, cost);
            }
            self.store(&kept)?;
        }
        Ok(())
    }

    fn store(&mut self, kept: &Kept) -> io::Result<()> {
        match &mut self.file {
            Some(file) if self.written <= 2 * KEPT => {
                self.written += cost(kept);
                file.write_all(&encode(kept))
            }
            _ => {
                let all: Vec<u8> = self.lines.iter().flat_map(encode).collect();
                folder::replace(&self.path, &all)?;
                self.written = self.kept;
                self.file = Some(OpenOptions::new().append(true).mode(0o600).open(&self.path)?);
                Ok(())
            }
        }
    }
}

fn cost(kept: &Kept) -> usize {
    kept.line.text.len() + OVERHEAD
}

fn encode(kept: &Kept) -> Vec<u8> {
    let mut line = serde_json::to_vec(kept).expect("a log line is plain data");
    line.push(b'\n');
    line
}

/// A line in parts that fit; an empty line is one part.
fn parts(mut text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    // A third of the bound, because a control character of one byte becomes one of three.
    while text.len() > PART / 3 {
        let (part, rest) = text.split_at(text.floor_char_boundary(PART / 3));
        parts.push(part);
        text = rest;
    }
    parts.push(text);
    parts
}

#[cfg(test)]
mod tests {
    use gpuaas_domain::node_protocol::logs::LogStream;

    use super::*;

    fn line(nanos: i128, text: &str) -> WrittenLine {
        WrittenLine { nanos, stream: LogStream::Stdout, text: text.into() }
    }

    fn ring() -> (tempfile::TempDir, Ring) {
        let place = tempfile::tempdir().unwrap();
        let ring = Ring::open(place.path().join("log"));
        (place, ring)
    }

    #[test]
    fn numbers_grow_across_restarts_of_the_agent() {
        let (place, mut ring) = ring();
        ring.keep(&line(1_000, "one")).unwrap();
        ring.keep(&line(2_000, "two")).unwrap();
        drop(ring);
        let mut again = Ring::open(place.path().join("log"));
        assert_eq!((again.first(), again.next(), again.last_nanos()), (1, 3, 2_000));
        again.keep(&line(3_000, "three")).unwrap();
        let texts: Vec<String> = again.read(2, 10).iter().map(|line| line.text.to_string()).collect();
        assert_eq!(texts, ["two", "three"]);
    }

    #[test]
    fn what_is_kept_is_bounded_on_disk_and_in_memory() {
        let (place, mut ring) = ring();
        let text = "x".repeat(1000);
        for nanos in 0..5_000 {
            ring.keep(&line(nanos, &text)).unwrap();
        }
        assert!(ring.kept <= KEPT && ring.first() > 1 && ring.next() == 5_001);
        assert!(std::fs::metadata(place.path().join("log")).unwrap().len() < 6 * KEPT as u64);
        assert_eq!(ring.read(0, 1)[0].sequence, ring.first());
    }

    #[test]
    fn a_long_line_comes_in_parts() {
        let (_place, mut ring) = ring();
        ring.keep(&line(1, &"ä".repeat(3_000))).unwrap();
        let together: String = ring.read(1, 100).iter().map(|line| line.text.to_string()).collect();
        assert_eq!(together, "ä".repeat(3_000));
    }

    #[test]
    fn a_torn_file_is_read_up_to_the_tear() {
        let (place, mut ring) = ring();
        ring.keep(&line(1, "one")).unwrap();
        drop(ring);
        let path = place.path().join("log");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.extend(b"{\"nanos\":2,\"li");
        std::fs::write(&path, bytes).unwrap();
        let mut again = Ring::open(path.clone());
        again.keep(&line(2, "two")).unwrap();
        assert_eq!(Ring::open(path).next(), 3);
    }
}
