//! What the demo tells: one line a step, with the entry of the log that proves it. The same
//! is kept as JSON lines, so that an outsider can look each position up in the export.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use gpuaas_domain::id::TypedId;
use gpuaas_domain::{Aggregate, Timestamp};
use gpuaas_log::Log;
use gpuaas_log::append::StreamId;
use serde::Serialize;

use crate::output;

/// A step that was taken.
#[derive(Debug, Serialize)]
struct Step<'s> {
    step: usize,
    /// The entry that proves it; absent where nothing was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<Recorded>,
    what: &'s str,
    text: &'s str,
}

/// An entry of the log.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Recorded {
    /// Its position.
    pub(super) position: u64,
    /// Its time, in microseconds since the Unix epoch.
    pub(super) time: u64,
}

/// The story, as far as it is told.
pub(super) struct Story {
    log: Log,
    kept: File,
    steps: usize,
}

impl Story {
    /// Begins one, which is kept in this file.
    pub(super) fn begin(log: Log, file: &Path) -> Result<Self> {
        let kept = File::create(file).with_context(|| format!("cannot write {}", file.display()))?;
        let mut story = Self { log, kept, steps: 0 };
        story.print("step  position  time         what")?;
        Ok(story)
    }

    /// Tells a step that some version of a resource proves.
    pub(super) async fn tell<A: Aggregate>(
        &mut self,
        what: &str,
        text: &str,
        id: &str,
        version: Option<u64>,
    ) -> Result<Recorded> {
        let version = version.with_context(|| format!("the answer about {id} has no version"))?;
        let stream = StreamId::new(A::KIND, id.parse::<A::Id>()?.uuid());
        let recorded = self.entry(&stream, version).await?.with_context(|| format!("{id} is not in the log"))?;
        self.step(what, text, Some(recorded))?;
        Ok(recorded)
    }

    /// Tells a step that left nothing in the log.
    pub(super) fn show(&mut self, what: &str, text: &str) -> Result<()> {
        self.step(what, text, None)
    }

    async fn entry(&self, stream: &StreamId, version: u64) -> Result<Option<Recorded>> {
        let found = self.log.read_stream(stream, version.saturating_sub(1), 1).await?;
        let Some(stored) = found.first() else { return Ok(None) };
        Ok(Some(Recorded { position: stored.position, time: stored.entry()?.recorded_at }))
    }

    fn step(&mut self, what: &str, text: &str, entry: Option<Recorded>) -> Result<()> {
        self.steps += 1;
        let step = Step { step: self.steps, entry, what, text };
        let mut line = serde_json::to_string(&step)?;
        line.push('\n');
        self.kept.write_all(line.as_bytes())?;
        let position = entry.map_or(String::from("-"), |entry| entry.position.to_string());
        let time = entry.map_or(String::new(), |entry| clock(Timestamp(entry.time)));
        self.print(&format!("{:>4}  {position:>8}  {time:<12} {what}: {text}", self.steps))
    }

    fn print(&mut self, line: &str) -> Result<()> {
        output::print(&format!("{line}\n"))?;
        Ok(())
    }
}

/// The time of day in UTC, to the millisecond.
fn clock(time: Timestamp) -> String {
    let micros = i64::try_from(time.0).unwrap_or(i64::MAX);
    jiff::Timestamp::from_microsecond(micros)
        .map_or_else(|_| String::new(), |at| at.strftime("%H:%M:%S.%3f").to_string())
}
