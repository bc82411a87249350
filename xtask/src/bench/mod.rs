//! `cargo xtask bench …`: figures that mean something, because each comes with what it is held against.
//!
//! A bench is a program that measures one thing and prints, as its last line, a JSON
//! object with at least `figure` (a number; more is better) and `unit`. Peers and
//! limits are measured or stated in the same run; a ratio below its line fails it.

mod line;
mod log;
mod startup;
mod subscribers;
mod tasks;

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use crate::process;

/// Which comparison.
#[derive(clap::Subcommand)]
pub(crate) enum Task {
    /// Durable appends against cqrs-es with postgres-es, and verification against its limit.
    Log,
    /// The embedded platform's time to readiness, on an empty directory and after a kill.
    Startup,
    /// What an idle subscriber to events costs in memory.
    Subscribers,
    /// From the answer to a launch until the node's agent holds the task.
    Tasks,
}

/// Runs it and fails when a line is not met.
pub(crate) fn run(task: Task) -> Result<()> {
    let lines = match task {
        Task::Log => log::lines()?,
        Task::Startup => startup::lines()?,
        Task::Subscribers => subscribers::lines()?,
        Task::Tasks => tasks::lines()?,
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

/// Runs a bench program, showing what it says on its way, and gives what it printed.
fn measured(command: &mut Command) -> Result<String> {
    eprintln!("\n$ {}", process::shown(command));
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().context("cannot run the bench")?;
    ensure!(output.status.success(), "`{}` failed ({})", process::shown(command), output.status);
    let printed = String::from_utf8(output.stdout).context("the bench printed something that is not text")?;
    print!("{printed}");
    Ok(printed)
}
