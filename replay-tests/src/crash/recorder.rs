//! What was acknowledged, on disk before anybody goes on: what a client may rely on.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};

use anyhow::{Context, Result};
use uuid::Uuid;

/// An acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledged {
    /// The command.
    pub command_id: Uuid,
    /// Position of its first entry.
    pub position: u64,
}

/// Acknowledgements in a file.
#[derive(Debug)]
pub struct Recorder {
    file: File,
}

impl Recorder {
    /// Records in a temporary file.
    pub fn new() -> Result<Self> {
        Ok(Self { file: tempfile::tempfile()? })
    }

    /// Records durably: they are on disk when this returns.
    pub fn record(&mut self, acknowledged: &[Acknowledged]) -> Result<()> {
        if acknowledged.is_empty() {
            return Ok(());
        }
        let lines: String =
            acknowledged.iter().map(|one| format!("{} {}\n", one.command_id.simple(), one.position)).collect();
        self.file.write_all(lines.as_bytes())?;
        Ok(self.file.sync_data()?)
    }

    /// All that was recorded.
    pub fn read(mut self) -> Result<Vec<Acknowledged>> {
        let mut text = String::new();
        self.file.rewind()?;
        self.file.read_to_string(&mut text)?;
        text.lines()
            .map(|line| {
                let (command_id, position) = line.split_once(' ').context("a line has two words")?;
                Ok(Acknowledged { command_id: command_id.parse()?, position: position.parse()? })
            })
            .collect()
    }
}
