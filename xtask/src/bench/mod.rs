//! `cargo xtask bench …`: figures that mean something, because each comes with what it is held against.
//!
//! A bench is a program that measures one thing and prints, as its last line, a JSON
//! object with at least `figure` (a number; more is better) and `unit`. Peers and
//! limits are measured or stated in the same run; a ratio below its line fails it.

mod line;
mod log;

use anyhow::{Result, bail};

/// Which comparison.
#[derive(clap::Subcommand)]
pub(crate) enum Task {
    /// Durable appends against cqrs-es with postgres-es, and verification against its limit.
    Log,
}

/// Runs it and fails when a line is not met.
pub(crate) fn run(task: Task) -> Result<()> {
    let lines = match task {
        Task::Log => log::lines()?,
    };
    println!();
    for line in &lines {
        println!("{line}");
    }
    let missed = lines.iter().filter(|line| !line.is_met()).count();
    if missed > 0 {
        bail!("{missed} of {} lines not met", lines.len());
    }
    Ok(())
}
