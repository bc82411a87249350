//! Where services keep their files and which ports they listen on.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;

/// The folder for what is worth keeping between runs: images, logs.
pub(crate) fn cache() -> Result<PathBuf> {
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|folder| folder.is_absolute())
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))
        .context("neither XDG_CACHE_HOME nor HOME is set, so there is no cache folder")?;
    let folder = cache.join("gpuaas/services");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// A new folder for one run, on disk (`/tmp` may be memory, which would flatter a database) and
/// open to another user (a home may not be).
pub(crate) fn fresh(name: &str) -> Result<PathBuf> {
    let made = process::output(Command::new("mktemp").arg("-d").arg(format!("/var/tmp/gpuaas-{name}.XXXXXXXXXX")))?;
    Ok(PathBuf::from(made.trim()))
}

/// A port on loopback that nothing listens on just now.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}
