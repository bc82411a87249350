//! How fast a node's agent holds a task.

use std::process::Command;

use anyhow::Result;

use super::line::{Line, Measured};
use super::measured;
use crate::{process, workspace};

/// Held within 250 ms at the 99th percentile, as tasks per second one after another.
const TASKS_PER_SECOND: f64 = 4.0;

/// Builds the bench as packages are built, and runs it.
pub(super) fn lines() -> Result<Vec<Line>> {
    let build = ["build", "--profile", "dist", "--package", "gpuaas-benches", "--bin", "tasks"];
    process::run(&mut workspace::cargo(build))?;
    let program = workspace::target()?.join("dist").join("tasks");
    let ours = Measured::in_output(&measured(&mut Command::new(program))?)?;
    Ok(vec![Line { name: "tasks", ours, against: "limit", theirs: TASKS_PER_SECOND, least: 1.0 }])
}
