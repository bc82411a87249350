//! Others' tools, each with the packages that we pin, kept between runs.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::process;
use crate::services::cache;

/// A folder with programs in it.
pub(super) struct Programs(PathBuf);

impl Programs {
    /// A command for one of them.
    pub(super) fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.0.join(name));
        // Where to report what a run was like is nobody's choice but ours.
        command.envs([("PYTHONDONTWRITEBYTECODE", "1"), ("REDOCLY_TELEMETRY", "off")]);
        command
    }
}

/// Schemathesis, in a Python environment of its own.
pub(super) fn schemathesis(folder: &Path) -> Result<Programs> {
    ensure!(
        process::find(&["python3"]).is_some(),
        "Python 3.11 or later is missing: install python3 with its module venv"
    );
    let made = kept("schemathesis", &folder.join("requirements.txt"), |place, pinned| {
        process::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(place))?;
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
        process::run(Command::new(place.join("bin/python")).args(install).arg(pinned))
    })?;
    Ok(Programs(made.join("bin")))
}

/// Redocly's command line.
pub(super) fn redocly(folder: &Path) -> Result<Command> {
    ensure!(process::find(&["npm"]).is_some(), "Node 20 or later with npm is missing: install nodejs and npm");
    let made = kept("redocly", &folder.join("package.json"), |place, pinned| {
        std::fs::create_dir_all(place)?;
        std::fs::copy(pinned, place.join("package.json"))?;
        process::run(Command::new("npm").args(["install", "--no-audit", "--no-fund", "--silent"]).current_dir(place))
    })?;
    Ok(Programs(made.join("node_modules/.bin")).command("redocly"))
}

/// A folder of the cache, made anew where it was made from something else.
fn kept(name: &str, pinned: &Path, make: impl Fn(&Path, &Path) -> Result<()>) -> Result<PathBuf> {
    let wanted = std::fs::read(pinned).with_context(|| format!("cannot read {}", pinned.display()))?;
    let place = cache()?.join(name);
    // Another run may be making it just now; then this one waits, and finds it.
    let lock = File::create(place.with_extension("lock"))?;
    lock.lock().with_context(|| format!("cannot lock {}", place.display()))?;
    let note = place.join("made-from");
    if std::fs::read(&note).is_ok_and(|had| had == wanted) {
        return Ok(place);
    }
    make(&place, pinned)?;
    std::fs::write(note, wanted)?;
    Ok(place)
}
