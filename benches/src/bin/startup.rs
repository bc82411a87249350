//! How long the embedded platform takes from its start to a `/readyz` that says yes: on an
//! empty directory, and again on the same one after a kill.
//!
//! `startup PROGRAM`, with the path of the `gpuaas` binary. The slowest of all starts is
//! the figure; the limit is that of the project's own rules.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use gpuaas_benches::platform::{Running, gpuaas};
use serde_json::json;

/// Directories that are tried.
const ROUNDS: usize = 10;
/// Changes between the first start and the kill.
const CHANGES: usize = 20;
/// Longest time to readiness.
const LIMIT: Duration = Duration::from_millis(500);

fn main() -> Result<()> {
    let program = std::env::args().nth(1).context("usage: startup PROGRAM")?;
    let mut starts = Vec::new();
    for _ in 0..ROUNDS {
        starts.push(round(Path::new(&program))?);
    }
    let slowest = |of: fn(&Round) -> Duration| starts.iter().map(of).max().unwrap_or_default().as_secs_f64();
    let (empty, after_kill) = (slowest(|round| round.empty), slowest(|round| round.after_kill));
    let (figure, limit) = (1.0 / empty.max(after_kill), 1.0 / LIMIT.as_secs_f64());
    let line = json!({
        "figure": figure,
        "unit": "starts/s",
        "limit": limit,
        "ratio": figure / limit,
        "slowest_empty_ms": empty * 1_000.0,
        "slowest_after_kill_ms": after_kill * 1_000.0,
        "limit_ms": LIMIT.as_millis(),
        "starts": 2 * ROUNDS,
    });
    println!("{line}");
    Ok(())
}

/// Both starts on one directory.
struct Round {
    empty: Duration,
    after_kill: Duration,
}

fn round(program: &Path) -> Result<Round> {
    let directory = tempfile::tempdir()?;
    let (first, empty) = Running::start(program, directory.path(), &[])?;
    for change in 0..CHANGES {
        let mut create = gpuaas(program, directory.path());
        let status = create.args(["orgs", "create", &format!("org-{change}")]).stdout(Stdio::null()).status()?;
        ensure!(status.success(), "an organization could not be made");
    }
    // Dropping it kills it.
    drop(first);
    let (_second, after_kill) = Running::start(program, directory.path(), &[])?;
    Ok(Round { empty, after_kill })
}
