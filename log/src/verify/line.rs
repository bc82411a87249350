//! The threads of a pass.
//!
//! Each carries chunks of its own all the way, so that what it decoded is still in its
//! core's cache when it is judged. What needs the file's order is done in turns: reading
//! the chunk, and what each judge does with it. Meanwhile the others decode theirs.

use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use super::decode::decode;
use super::judge::Judge;
use super::turns::Turns;
use crate::export::{Chunk, SectionReader};
use crate::fault::Fault;

/// What the threads share.
pub(super) struct Line<'p, 'j, R> {
    reading: Mutex<Reading<'p, R>>,
    chunk_size: usize,
    judging: Vec<Turns<Judging<'j>>>,
    /// The first chunk in which a fault was found so far. Those after it need only be read;
    /// whether one of them is judged all the same, and maybe after a gap, does not matter,
    /// since what is found there comes after the fault that is known.
    faulty: AtomicU64,
}

struct Reading<'p, R> {
    reader: &'p mut SectionReader<R>,
    /// Chunks given so far: the number of the next.
    chunks: u64,
    has_failed: bool,
}

struct Judging<'j> {
    judge: &'j mut dyn Judge,
    outcome: Result<(), Fault>,
}

impl<'p, 'j, R: Read + Send> Line<'p, 'j, R> {
    /// After the first chunk was read. The others will have about `chunk_size` bytes.
    pub(super) fn new(reader: &'p mut SectionReader<R>, chunk_size: usize, judges: Vec<&'j mut dyn Judge>) -> Self {
        let judging = judges.into_iter().map(|judge| Turns::new(Judging { judge, outcome: Ok(()) })).collect();
        let reading = Mutex::new(Reading { reader, chunks: 1, has_failed: false });
        Self { reading, chunk_size, judging, faulty: AtomicU64::new(u64::MAX) }
    }

    /// Takes the whole file through, on so many threads, this one among them. Says here
    /// and there how many bytes were read.
    ///
    /// Answers the judges' first fault: the one at the earliest entry, then the one that
    /// the format checks first.
    pub(super) fn run(
        self,
        first: Chunk,
        workers: NonZeroUsize,
        mut progress: impl FnMut(u64),
    ) -> io::Result<Result<(), Fault>> {
        thread::scope(|scope| {
            let _abandoning = AbandonOnPanic(&self.judging);
            let others: Vec<_> =
                (1..workers.get()).map(|_| scope.spawn(|| self.carry_on(Chunk::default(), |_| {}))).collect();
            self.judge(0, &first);
            let own = self.carry_on(first, &mut progress);
            others.into_iter().map(|other| other.join().expect("verifying does not panic")).fold(own, Result::and)
        })?;
        let outcomes = self.judging.into_iter().map(|turns| turns.into_value().outcome);
        Ok(outcomes.filter_map(Result::err).min().map_or(Ok(()), Err))
    }

    /// Carries chunks until there are none.
    fn carry_on(&self, mut chunk: Chunk, mut progress: impl FnMut(u64)) -> io::Result<()> {
        let _abandoning = AbandonOnPanic(&self.judging);
        while let Some((number, bytes)) = self.read(&mut chunk)? {
            progress(bytes);
            self.judge(number, &chunk);
        }
        Ok(())
    }

    /// Reads the next chunk. Answers its number, and how many bytes were read so far.
    fn read(&self, chunk: &mut Chunk) -> io::Result<Option<(u64, u64)>> {
        let mut reading = self.reading.lock().expect("reading does not panic");
        if reading.has_failed {
            return Ok(None);
        }
        let outcome = reading.reader.read(chunk, self.chunk_size);
        reading.has_failed = outcome.is_err();
        outcome?;
        if chunk.sections().len() == 0 {
            return Ok(None);
        }
        let number = reading.chunks;
        reading.chunks += 1;
        Ok(Some((number, reading.reader.bytes())))
    }

    /// Decodes a chunk, and gives it to each judge when it is its turn.
    fn judge(&self, number: u64, chunk: &Chunk) {
        let is_after_fault = self.faulty.load(Ordering::Relaxed) < number;
        let items = if is_after_fault { Vec::new() } else { decode(chunk) };
        for turns in &self.judging {
            turns.take(number, |Judging { judge, outcome }| {
                if outcome.is_ok() {
                    *outcome = judge.judge(&items);
                    if outcome.is_err() {
                        self.faulty.fetch_min(number, Ordering::Relaxed);
                    }
                }
            });
        }
    }
}

/// Keeps the other threads from waiting for a turn that this one will not take.
struct AbandonOnPanic<'l, 'j>(&'l [Turns<Judging<'j>>]);

impl Drop for AbandonOnPanic<'_, '_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.iter().for_each(Turns::abandon);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;
    use crate::fault::FaultKind;
    use crate::verify::decode::Item;
    use crate::verify::judge::Following;

    const GOOD: &[u8] = include_bytes!("../../vectors/good.gpulog");
    /// Less than most of its entries: a chunk of one or two sections.
    const CHUNK: usize = 300;

    /// A file that cannot be read beyond so many bytes.
    struct Broken {
        file: &'static [u8],
        left: usize,
    }

    impl Read for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.left == 0 {
                return Err(Error::from(ErrorKind::PermissionDenied));
            }
            let most = buffer.len().min(self.left);
            let read = self.file.read(&mut buffer[..most])?;
            self.left -= read;
            Ok(read)
        }
    }

    /// Runs a line of eight threads, and fails if it does not end.
    fn run(
        readable: usize,
        judges: impl FnOnce(&mut dyn FnMut(Vec<&mut dyn Judge>)) + Send + 'static,
    ) -> thread::Result<io::Result<Result<(), Fault>>> {
        let (ended, end) = mpsc::channel();
        thread::spawn(move || {
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                let mut reader = SectionReader::new(Broken { file: GOOD, left: readable });
                let mut first = Chunk::default();
                reader.read(&mut first, CHUNK).expect("that much can be read");
                let mut outcome = None;
                let mut first = Some(first);
                judges(&mut |judges| {
                    let line = Line::new(&mut reader, CHUNK, judges);
                    let eight = NonZeroUsize::new(8).expect("not zero");
                    outcome = Some(line.run(first.take().expect("once"), eight, |_| {}));
                });
                outcome.expect("it was run")
            }));
            ended.send(outcome)
        });
        end.recv_timeout(Duration::from_secs(60)).expect("it ends")
    }

    fn at(wanted: u64) -> impl FnMut(&Item<'_>) -> bool + Send {
        move |item| matches!(item, Item::Entry(checked) if checked.entry.position == wanted)
    }

    #[test]
    fn each_judge_sees_every_section_in_order_and_the_earliest_fault_counts() {
        let outcome = run(usize::MAX, |line| {
            let mut positions = Vec::new();
            let (mut late, mut early) = (at(9), at(5));
            line(vec![
                &mut Following::new(|item| {
                    positions.extend(item.entry().map(|checked| checked.entry.position));
                    Ok(())
                }),
                &mut Following::new(|item| if late(item) { Err(FaultKind::Chain) } else { Ok(()) }),
                &mut Following::new(|item| if early(item) { Err(FaultKind::Heads) } else { Ok(()) }),
            ]);
            assert_eq!(positions[..5], [1, 2, 3, 4, 5]);
        });
        assert_eq!(outcome.unwrap().unwrap(), Err(Fault { position: 5, kind: FaultKind::Heads }));
        let whole = run(usize::MAX, |line| {
            let mut positions = Vec::new();
            line(vec![&mut Following::new(|item| {
                positions.extend(item.entry().map(|checked| checked.entry.position));
                Ok(())
            })]);
            assert_eq!(positions, (1..=39).collect::<Vec<_>>());
        });
        assert_eq!(whole.unwrap().unwrap(), Ok(()));
    }

    #[test]
    fn a_file_that_cannot_be_read_to_its_end_ends_the_line() {
        let outcome = run(5_000, |line| line(vec![&mut Following::new(|_| Ok(()))]));
        assert_eq!(outcome.unwrap().unwrap_err().kind(), ErrorKind::PermissionDenied);
    }

    #[test]
    fn a_panic_ends_the_line_too() {
        let mut there = at(20);
        let outcome = run(usize::MAX, move |line| {
            line(vec![
                &mut Following::new(|_| Ok(())),
                &mut Following::new(|item| {
                    assert!(!there(item), "as the test wants it");
                    Ok(())
                }),
            ]);
        });
        assert!(outcome.is_err());
    }
}
