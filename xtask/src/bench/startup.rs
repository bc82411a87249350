//! How fast the embedded platform is ready.

use std::process::Command;

use anyhow::Result;

use super::line::{Line, Measured};
use super::measured;
use crate::{process, workspace};

/// Ready within 500 ms, as starts per second.
const STARTS_PER_SECOND: f64 = 2.0;

/// Builds the platform as packages have it, and measures its slowest start.
pub(super) fn lines() -> Result<Vec<Line>> {
    let ours = on_platform("startup")?;
    Ok(vec![Line { name: "startup", ours, against: "limit", theirs: STARTS_PER_SECOND, least: 1.0 }])
}

/// Builds the platform as packages have it and a bench, which is given the platform's program.
pub(super) fn on_platform(bench: &str) -> Result<Measured> {
    let folder = workspace::target()?.join("dist");
    let build = ["build", "--profile", "dist", "--package", "gpuaas-benches", "--package", "gpuaas-cli", "--bins"];
    process::run(&mut workspace::cargo(build))?;
    Measured::in_output(&measured(Command::new(folder.join(bench)).arg(folder.join("gpuaas")))?)
}
