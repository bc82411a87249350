//! The contracts of released versions, a folder each.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::super::{DOCUMENT, EVENTS};

/// Where they are.
pub(super) const FOLDER: &str = "schemas/released";
/// What is kept of each.
const CONTRACTS: [&str; 3] = [DOCUMENT, EVENTS, "schemas/errors.yaml"];

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

/// Keeps today's contracts as those of a version.
pub(in super::super) fn release(root: &Path, version: &str) -> Result<()> {
    ensure!(numbers(version).is_some(), "a version is three numbers, for example 0.1.0");
    let folder = root.join(FOLDER).join(version);
    ensure!(!folder.exists(), "{version} is released; what was released is never edited");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for contract in CONTRACTS {
        let name = Path::new(contract).file_name().context("a contract has a name")?;
        fs::copy(root.join(contract), folder.join(name)).with_context(|| format!("cannot copy {contract}"))?;
    }
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
