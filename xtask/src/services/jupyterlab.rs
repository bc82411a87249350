//! The root filesystem of an image with JupyterLab: a small Debian with Python, and what PyPI
//! has for it. Made once, in a minute or two, and kept in the cache folder.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::debian::Missing;
use super::{Service, place};
use crate::{process, workspace};

/// Path of the archive.
const FILE: &str = "GPUAAS_TEST_JUPYTERLAB";
/// What it has to have, pinned.
const REQUIREMENTS: &str = "replay-tests/tests/launch/docker/jupyterlab.txt";
/// The Debian that it begins with, and the Python that it has.
const SUITE: &str = "bookworm";
const PYTHON: &str = "3.11";

/// Nothing is missing where an archive is given, or was made before.
pub(crate) fn missing() -> Option<Missing> {
    let there = std::env::var_os(FILE).is_some()
        || process::find(&["debootstrap"]).is_some()
        || place::cache().is_ok_and(|cache| is_made(&cache.join("jupyterlab")));
    (!there).then_some(Missing {
        package: "debootstrap",
        otherwise: "The root filesystem of an image with JupyterLab is missing: install debootstrap, by which it is \
                    made, or name a tar archive of one, with what the requirements in replay-tests name in \
                    /opt/jupyter, in GPUAAS_TEST_JUPYTERLAB.",
    })
}

/// The given archive, or one that is kept between runs.
pub(crate) fn service() -> Result<Service> {
    let archive = match std::env::var_os(FILE) {
        Some(given) => PathBuf::from(given),
        None => archive()?,
    };
    Ok(Service::found(format!("JupyterLab's root filesystem at {}", archive.display()), vec![(FILE, archive.into())]))
}

/// Makes the archive, unless one with these requirements is there.
fn archive() -> Result<PathBuf> {
    let folder = place::cache()?.join("jupyterlab");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    // Another run may be making it just now; then this one waits, and finds it.
    let lock = File::create(folder.with_extension("lock"))?;
    lock.lock().context("cannot lock JupyterLab's root filesystem")?;
    if !is_made(&folder) {
        make(&folder)?;
        std::fs::copy(requirements(), made(&folder))?;
    }
    Ok(folder.join("root.tar"))
}

fn make(folder: &Path) -> Result<()> {
    if !process::is_root() {
        bail!("only root makes a root filesystem; run this once as root, or name an archive in {FILE}");
    }
    let root = place::fresh("jupyterlab")?;
    let made = fill(&root, folder);
    std::fs::remove_dir_all(&root).with_context(|| format!("cannot remove {}", root.display()))?;
    made
}

fn fill(root: &Path, folder: &Path) -> Result<()> {
    let sites = process::output(Command::new("apt-get").args(["indextargets", "--format", "$(SITE)"]))?;
    let mirror = sites.lines().next().context("apt-get names no mirror to get Debian from")?;
    let options = ["--variant=minbase", "--include=python3,ca-certificates", SUITE];
    process::run(Command::new("debootstrap").args(options).arg(root).arg(mirror))?;
    // Into the folder from outside: a Debian of its own has no pip, and need not.
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"];
    // What else this machine's Python has is no business of the image's.
    let quiet = ["--no-warn-conflicts", "--root-user-action=ignore"];
    let python = ["--implementation=cp", "--python-version", PYTHON, "--requirement"];
    let target = root.join("opt/jupyter");
    process::run(
        Command::new("python3").args(install).args(quiet).args(python).arg(requirements()).arg("--target").arg(&target),
    )?;
    for unneeded in ["var/cache/apt", "var/lib/apt", "usr/share/doc", "usr/share/locale"] {
        std::fs::remove_dir_all(root.join(unneeded)).with_context(|| format!("cannot remove {unneeded}"))?;
    }
    std::fs::create_dir_all(root.join("workspace"))?;
    let archive = folder.join("root.tar.part");
    process::run(Command::new("tar").arg("-C").arg(root).arg("-cf").arg(&archive).arg("."))?;
    std::fs::rename(archive, folder.join("root.tar")).context("cannot keep the archive")
}

/// Whether an archive from these requirements is there.
fn is_made(folder: &Path) -> bool {
    let wanted = std::fs::read(requirements());
    folder.join("root.tar").is_file()
        && wanted.is_ok_and(|wanted| std::fs::read(made(folder)).is_ok_and(|had| had == wanted))
}

/// The requirements that the archive was made from, written when it was whole.
fn made(folder: &Path) -> PathBuf {
    folder.join("made-from.txt")
}

fn requirements() -> PathBuf {
    workspace::root().join(REQUIREMENTS)
}
