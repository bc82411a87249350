//! A Python of its own for the programs of `replay-tests/outsider`, with the packages that they pin.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use super::debian::Missing;
use super::{Service, place};
use crate::{process, workspace};

/// The interpreter's path.
const FILE: &str = "GPUAAS_TEST_OUTSIDER_PYTHON";
/// What it has to have, pinned.
const REQUIREMENTS: &str = "replay-tests/outsider/requirements.txt";

/// Nothing is missing where an interpreter is given.
pub(crate) fn missing() -> Option<Missing> {
    let there = std::env::var_os(FILE).is_some() || succeeds("python3", &["-c", "import ensurepip, venv"]);
    (!there).then_some(Missing {
        package: "python3-venv",
        otherwise: "Python 3.11 or later with its module venv is missing: install it, or name an interpreter that has \
                    the packages of replay-tests/outsider/requirements.txt in GPUAAS_TEST_OUTSIDER_PYTHON.",
    })
}

/// The given interpreter, or that of an environment which is kept between runs.
pub(crate) fn service() -> Result<Service> {
    let python = match std::env::var_os(FILE) {
        Some(given) => PathBuf::from(given),
        None => environment()?,
    };
    Ok(Service::found(format!("Python for the outsider at {}", python.display()), vec![(FILE, python.into())]))
}

/// Makes the environment, unless one with these requirements is there.
fn environment() -> Result<PathBuf> {
    let requirements = workspace::root().join(REQUIREMENTS);
    let wanted = std::fs::read(&requirements).with_context(|| format!("cannot read {}", requirements.display()))?;
    let folder = place::cache()?.join("outsider");
    let python = folder.join("bin/python");
    // Another run may be making it just now; then this one waits, and finds it.
    let lock = File::create(folder.with_extension("lock"))?;
    lock.lock().context("cannot lock the outsider's environment")?;
    if std::fs::read(made(&folder)).is_ok_and(|had| had == wanted) {
        return Ok(python);
    }
    process::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    process::run(Command::new(&python).args(install).arg(&requirements))?;
    std::fs::write(made(&folder), wanted)?;
    Ok(python)
}

/// The requirements that the environment was made from, written when it was whole.
fn made(folder: &Path) -> PathBuf {
    folder.join("made-from.txt")
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
