//! The journal's file: one record a line, each with a checksum before it. A torn last line is
//! what a crash leaves, and is cut off; anything else that does not check is damage, and the
//! agent does not start on it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::record::Record;
use super::state::JournalState;
use crate::folder;

/// Bytes after which the journal is written anew as one snapshot.
const LONG: u64 = 8 << 20;
/// Hex digits of a line's checksum.
const CHECKSUM: usize = 16;

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The disk does not take it.
    #[error("cannot write the journal {path}: {error}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A line does not check.
    #[error("line {line} of the journal {path} is damaged; remove the agent's folder and enroll anew")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
    /// An earlier write failed, so the file's end is not known.
    #[error("the journal {0} failed before; restart the agent once the disk is well")]
    Failed(PathBuf),
}

/// The open file.
#[derive(Debug)]
pub(super) struct JournalFile {
    path: PathBuf,
    file: File,
    length: u64,
    durable: bool,
    failed: bool,
}

impl JournalFile {
    pub(super) fn open(path: &Path, durable: bool) -> Result<(Self, JournalState), JournalError> {
        let failed = |error| JournalError::Io { path: path.to_owned(), error };
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(failed(error)),
        };
        let (state, whole) = fold(&bytes, path)?;
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path).map_err(failed)?;
        file.set_len(whole).and_then(|()| file.sync_all()).map_err(failed)?;
        Ok((Self { path: path.to_owned(), file, length: whole, durable, failed: false }, state))
    }

    pub(super) fn append(&mut self, record: &Record) -> Result<(), JournalError> {
        if self.failed {
            return Err(JournalError::Failed(self.path.clone()));
        }
        let line = line(record);
        // Half a line on the disk would make the next one unreadable, so nothing is written after a failure.
        self.failed = true;
        let written =
            self.file.write_all(&line).and_then(|()| if self.durable { self.file.sync_data() } else { Ok(()) });
        written.map_err(|error| JournalError::Io { path: self.path.clone(), error })?;
        self.failed = false;
        self.length += line.len() as u64;
        Ok(())
    }

    pub(super) fn compact_if_long(&mut self, state: &JournalState) -> Result<(), JournalError> {
        if self.length <= LONG {
            return Ok(());
        }
        let failed = |error| JournalError::Io { path: self.path.clone(), error };
        let snapshot = line(&Record::Snapshot(Box::new(state.clone())));
        folder::replace(&self.path, &snapshot).map_err(failed)?;
        self.file = OpenOptions::new().append(true).open(&self.path).map_err(failed)?;
        self.length = snapshot.len() as u64;
        Ok(())
    }
}

fn line(record: &Record) -> Vec<u8> {
    let json = serde_json::to_string(record).expect("records are plain data with text keys");
    format!("{} {json}\n", checksum(json.as_bytes())).into_bytes()
}

fn checksum(json: &[u8]) -> String {
    blake3::hash(json).to_hex()[..CHECKSUM].to_owned()
}

/// The state after all whole lines, and how many bytes they are.
fn fold(bytes: &[u8], path: &Path) -> Result<(JournalState, u64), JournalError> {
    let mut state = JournalState::default();
    let mut whole = 0;
    for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        match read(line) {
            Some(record) => {
                state.apply(&record);
                whole += line.len() as u64;
            }
            None if whole + line.len() as u64 == bytes.len() as u64 && !line.ends_with(b"\n") => {
                tracing::warn!(path = %path.display(), "the journal's last line was torn by a crash");
            }
            None => return Err(JournalError::Damaged { path: path.to_owned(), line: index + 1 }),
        }
    }
    Ok((state, whole))
}

fn read(line: &[u8]) -> Option<Record> {
    let line = line.strip_suffix(b"\n")?;
    let (sum, json) = line.split_at_checked(CHECKSUM)?;
    let json = json.strip_prefix(b" ")?;
    (checksum(json).as_bytes() == sum).then(|| serde_json::from_slice(json).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acknowledged(sequence: u64) -> Record {
        Record::Acknowledged { sequence }
    }

    fn written(records: u64) -> (tempfile::TempDir, PathBuf) {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("journal");
        let (mut file, _) = JournalFile::open(&path, true).unwrap();
        (1..=records).for_each(|sequence| file.append(&acknowledged(sequence)).unwrap());
        (place, path)
    }

    #[test]
    fn a_torn_last_line_is_cut_off_wherever_it_was_torn() {
        let (_place, path) = written(2);
        let bytes = std::fs::read(&path).unwrap();
        let first = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for cut in first..bytes.len() {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            let (mut file, _) = JournalFile::open(&path, true).unwrap();
            assert_eq!(std::fs::metadata(&path).unwrap().len(), first as u64, "cut at {cut}");
            file.append(&acknowledged(3)).unwrap();
            assert!(JournalFile::open(&path, true).is_ok());
        }
    }

    #[test]
    fn damage_in_the_middle_is_not_started_on() {
        let (_place, path) = written(2);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[CHECKSUM + 5] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        assert!(matches!(JournalFile::open(&path, true), Err(JournalError::Damaged { line: 1, .. })));
    }

    #[test]
    fn a_long_journal_becomes_one_snapshot() {
        let (_place, path) = written(1);
        let (mut file, state) = JournalFile::open(&path, true).unwrap();
        file.length = LONG + 1;
        file.compact_if_long(&state).unwrap();
        file.append(&acknowledged(2)).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 2);
        assert!(text.contains("snapshot"));
        assert!(JournalFile::open(&path, true).is_ok());
    }
}
