//! Installing what is missing, where that may be done without asking.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::process;

/// Something that is not on this machine.
pub(crate) struct Missing {
    /// The Debian package that has it.
    pub package: &'static str,
    /// What to say to somebody who has no Debian or is not root.
    pub otherwise: &'static str,
}

/// Installs what is missing on Debian as root; elsewhere says how to get it.
pub(crate) fn install(missing: &[Missing]) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|missing| missing.package).collect();
    if !may_install() {
        let ways: Vec<&str> = missing.iter().map(|missing| missing.otherwise).collect();
        let packages = packages.join(" ");
        bail!("{}\nOn Debian or Ubuntu: sudo apt-get install {packages}", ways.join("\n"));
    }
    process::run(apt_get().args(["update", "--quiet"]))?;
    process::run(apt_get().args(["install", "--yes", "--quiet"]).args(packages))
}

fn may_install() -> bool {
    Path::new("/etc/debian_version").exists() && process::find(&["apt-get"]).is_some() && process::is_root()
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    // Run level 1 keeps packages from starting their own services where there is no systemd:
    // we start ours, with data of our own.
    command.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1");
    command
}
