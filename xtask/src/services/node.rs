//! Node with npm, and folders of npm's packages, each with what a lock file pins, kept between runs.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::{place, python};
use crate::{process, workspace};

/// The path of `node`, for tests, or as somebody names it.
pub(super) const PROGRAM: &str = "GPUAAS_TEST_NODE";
/// The oldest that the packages run on.
const OLDEST: u32 = 20;
/// PyPI's packages of a Node, for whoever has none.
const REQUIREMENTS: &str = "xtask/conformance/asyncapi/node.txt";

/// Whether there is one, or one can be fetched.
pub(super) fn can_be_had() -> bool {
    found().is_some() || python::is_there()
}

/// The program: as it is named, on the path, or out of an environment that is kept between runs.
pub(crate) fn program() -> Result<PathBuf> {
    match found() {
        Some(program) => Ok(program),
        None => Ok(python::environment("node", REQUIREMENTS)?.join("node")),
    }
}

fn found() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(PROGRAM) {
        return Some(named.into());
    }
    process::find(&["npm"])?;
    let program = process::find(&["node"])?;
    let version = process::output(Command::new(&program).arg("--version")).ok()?;
    major(&version).is_some_and(|major| major >= OLDEST).then_some(program)
}

/// 20 of `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// The folder with the packages of a `package.json` and its lock file, which is made unless it is there.
pub(crate) fn packages(name: &str, pinned: &str) -> Result<PathBuf> {
    let pinned = workspace::root().join(pinned);
    let mut wanted = Vec::new();
    for file in ["package.json", "package-lock.json"] {
        let file = pinned.join(file);
        wanted.extend(std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?);
    }
    let folder = place::cache()?.join(name);
    // Another run may be making it just now; then this one waits, and finds it.
    let lock = File::create(folder.with_extension("lock"))?;
    lock.lock().with_context(|| format!("cannot lock npm's packages {name}"))?;
    let made = folder.join("made-from.txt");
    if std::fs::read(&made).is_ok_and(|had| had == wanted) {
        return Ok(folder);
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for file in ["package.json", "package-lock.json"] {
        std::fs::copy(pinned.join(file), folder.join(file)).with_context(|| format!("cannot copy {file}"))?;
    }
    // Without scripts nothing of what is installed runs, or reports that it was.
    let install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"];
    process::run(npm(&program()?)?.args(install).current_dir(&folder))?;
    std::fs::write(made, wanted)?;
    Ok(folder)
}

/// The npm beside a Node, or else on the path; a script, which has to find that Node first.
fn npm(node: &Path) -> Result<Command> {
    let folder = node.parent().context("node is in no folder")?.to_owned();
    let path = process::search_path();
    let path: OsString = std::env::join_paths([folder.clone()].into_iter().chain(std::env::split_paths(&path)))?;
    let beside = folder.join("npm");
    let program = Some(beside).filter(|npm| npm.is_file()).or_else(|| process::find(&["npm"]));
    let mut command = Command::new(program.context("npm is missing: install it beside node")?);
    command.env("PATH", path);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn a_version_begins_with_a_number_that_counts() {
        assert_eq!((major("v20.20.2\n"), major("v18.20.4")), (Some(20), Some(18)));
        assert_eq!((major("20.1"), major("")), (None, None));
    }
}
