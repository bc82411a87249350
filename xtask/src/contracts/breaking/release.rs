//! The contracts of released versions, a folder each.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::accepted;
use super::documents;

/// Where they are.
pub(super) const FOLDER: &str = "schemas/released";

/// The last released version, if there is one.
pub(super) fn last(root: &Path) -> Result<Option<String>> {
    let folder = root.join(FOLDER);
    if !folder.exists() {
        return Ok(None);
    }
    let mut last = None;
    for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {FOLDER}"))? {
        let name = entry?.file_name().into_string().unwrap_or_default();
        let numbers = numbers(&name).with_context(|| format!("{FOLDER}/{name} is not named for a version"))?;
        last = last.max(Some((numbers, name)));
    }
    Ok(last.map(|(_, name)| name))
}

/// Keeps today's contracts, and the breaks accepted so far, as those of the version that this is.
pub(in super::super) fn release(root: &Path, version: &str) -> Result<()> {
    keep(root, version, env!("CARGO_PKG_VERSION"))
}

/// The same, where `own` is the version of the workspace.
pub(super) fn keep(root: &Path, version: &str, own: &str) -> Result<()> {
    let asked = numbers(version).context("a version is three numbers, for example 0.1.0")?;
    if let Some(last) = last(root)? {
        ensure!(numbers(&last) < Some(asked), "{version} does not follow {last}; what was released is never edited");
    }
    ensure!(version == own, "this is version {own} (Cargo.toml); {version} cannot be released from it");
    let (from, to) = (root.join("schemas"), root.join(FOLDER).join(version));
    let mut paths = documents::paths(&from)?;
    paths.push(accepted::NAME.to_owned());
    for path in paths {
        let kept = to.join(&path);
        let folder = kept.parent().context("a contract lies in a folder")?;
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        fs::copy(from.join(&path), &kept).with_context(|| format!("cannot copy {path}"))?;
    }
    eprintln!("contracts: kept those of {version}; `cargo xtask tidy` says what to add to its list of golden files");
    Ok(())
}

fn numbers(version: &str) -> Option<[u32; 3]> {
    let parts: Vec<u32> = version.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
    parts.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn versions_are_ordered_by_their_numbers() {
        assert!(numbers("0.10.0") > numbers("0.9.3"));
        assert_eq!(numbers("0.1"), None);
        assert_eq!(numbers("latest"), None);
    }
}
