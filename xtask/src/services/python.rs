//! Python environments, each with the packages that a file pins, kept between runs.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use super::place;
use crate::{process, workspace};

/// Debian's package of what makes environments.
pub(super) const PACKAGE: &str = "python3-venv";

/// Whether environments can be made.
pub(super) fn is_there() -> bool {
    let mut command = Command::new("python3");
    command.args(["-c", "import ensurepip, venv"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The folder of programs of an environment with these requirements, which is made unless it is there.
pub(super) fn environment(name: &str, requirements: &str) -> Result<PathBuf> {
    let requirements = workspace::root().join(requirements);
    let wanted = std::fs::read(&requirements).with_context(|| format!("cannot read {}", requirements.display()))?;
    let folder = place::cache()?.join(name);
    let programs = folder.join("bin");
    // Another run may be making it just now; then this one waits, and finds it.
    let lock = File::create(folder.with_extension("lock"))?;
    lock.lock().with_context(|| format!("cannot lock the Python environment {name}"))?;
    if std::fs::read(made(&folder)).is_ok_and(|had| had == wanted) {
        return Ok(programs);
    }
    process::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    process::run(Command::new(programs.join("python")).args(install).arg(&requirements))?;
    std::fs::write(made(&folder), wanted)?;
    Ok(programs)
}

/// The requirements that the environment was made from, written when it was whole.
fn made(folder: &Path) -> PathBuf {
    folder.join("made-from.txt")
}
