//! Where this workspace and its outputs are, and the cargo to build it with.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// The folder that holds the workspace's `Cargo.toml`.
///
/// As cargo says when it runs us: one target folder may serve two checkouts, and then
/// the folder that was compiled in can be the other one.
pub(crate) fn root() -> PathBuf {
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&xtask).parent().expect("xtask is a folder of the workspace").to_path_buf()
}

/// A cargo command, run in the workspace's root.
pub(crate) fn cargo<const N: usize>(arguments: [&str; N]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    anonymous(&mut command).args(arguments).current_dir(root());
    command
}

/// Keeps from a command what cargo told us of our own package: a build script that looks at it
/// would run anew each time that cargo is called from here and by hand in turn.
pub(crate) fn anonymous(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_of_a_package(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command
}

/// Whether cargo sets a variable for the package that it builds or runs.
fn is_of_a_package(variable: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|prefix| variable.starts_with(prefix))
}

/// Cargo's target folder, wherever the environment or a config puts it.
pub(crate) fn target() -> Result<PathBuf> {
    Ok(PathBuf::from(metadata()?.target_directory))
}

/// What `cargo metadata` says of the workspace's members.
///
/// Not `cargo tree`: that fails alike for an edge that is absent and for a name
/// that is misspelt, so a check built on it can pass for the wrong reason.
pub(crate) fn metadata() -> Result<Metadata> {
    let output =
        cargo(["metadata", "--format-version", "1", "--no-deps"]).output().context("cannot run cargo metadata")?;
    anyhow::ensure!(output.status.success(), "cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).context("cannot read what cargo metadata printed")
}

/// The part of cargo's metadata that is used here.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Metadata {
    /// The members, each with what its manifest declares.
    pub packages: Vec<Package>,
    /// Cargo's target folder.
    pub target_directory: String,
}

/// One member of the workspace.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Package {
    /// Its name.
    pub name: String,
    /// Its `Cargo.toml`.
    pub manifest_path: PathBuf,
    /// What it declares, for every kind and target.
    pub dependencies: Vec<Dependency>,
}

/// One declared dependency.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Dependency {
    /// The package depended on, under its own name even where it is renamed.
    pub name: String,
    /// `None` for a normal dependency, otherwise `dev` or `build`.
    pub kind: Option<String>,
    /// The folder, where the dependency is a folder of ours.
    pub path: Option<PathBuf>,
}
