//! Checks the workspace's manifests against the table of who may depend on whom.
//!
//! What it reads is what manifests declare, for every target and feature, so an edge
//! cannot hide behind a feature that is off here. Tests are held to the table too: a
//! test that needs more of ours than its crate may use belongs in `replay-tests`.
//! Outside crates that only tests use are free, save in a pure member.

mod lock;
mod reasons;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};

use crate::workspace::{self, Dependency, Metadata, Package};
use table::{MEMBERS, Member, Ours, PURE, Pure, TOOLS};

/// Checks this workspace and says every fault.
pub(crate) fn run() -> Result<()> {
    let metadata = workspace::metadata()?;
    let manifest = |package: &Package| {
        std::fs::read_to_string(&package.manifest_path)
            .with_context(|| format!("cannot read the manifest of {}", package.name))
    };
    let mut faults = faults(&metadata, manifest)?;
    let lock = std::fs::read_to_string(workspace::root().join("Cargo.lock")).context("cannot read Cargo.lock")?;
    faults.extend(lock::faults(&lock));
    if !faults.is_empty() {
        bail!("the layers do not hold:\n  {}", faults.join("\n  "));
    }
    eprintln!("layers: {} members keep to the table", metadata.packages.len());
    Ok(())
}

/// Every way in which the workspace breaks the table.
fn faults(metadata: &Metadata, manifest: impl Fn(&Package) -> Result<String>) -> Result<Vec<String>> {
    let present: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let absent = MEMBERS.iter().filter(|member| !present.contains(member.name));
    let mut faults: Vec<String> = absent.map(|member| format!("{} has a row but is no member", member.name)).collect();
    for package in &metadata.packages {
        match MEMBERS.iter().find(|member| member.name == package.name) {
            None => faults.push(format!("{} is not in the table (xtask/src/layers/table.rs)", package.name)),
            Some(member) => faults.extend(of_package(package, member, &manifest(package)?)),
        }
    }
    Ok(faults)
}

fn of_package(package: &Package, member: &Member, manifest: &str) -> Vec<String> {
    let Ours::Only(allowed) = &member.ours else { return Vec::new() };
    let (ours, outside): (Vec<_>, Vec<_>) = package.dependencies.iter().partition(|used| used.path.is_some());
    let mut faults: Vec<String> = ours
        .into_iter()
        .filter(|used| !allowed.contains(&used.name.as_str()))
        .map(|used| format!("{} may not depend on {}", package.name, used.name))
        .collect();
    match PURE.iter().find(|pure| pure.name == package.name) {
        Some(pure) => faults.extend(outside.into_iter().filter_map(|used| impurity(pure, used))),
        None => faults.extend(outside.into_iter().filter_map(|used| without_reason(package, used, manifest))),
    }
    faults
}

fn impurity(pure: &Pure, used: &Dependency) -> Option<String> {
    let name = used.name.as_str();
    let allowed = pure.normal.contains(&name) || (used.kind.as_deref() == Some("dev") && pure.tests.contains(&name));
    (!allowed).then(|| format!("{} is pure and may not depend on {name}", pure.name))
}

fn without_reason(package: &Package, used: &Dependency, manifest: &str) -> Option<String> {
    let tool = TOOLS.iter().find(|tool| tool.name == used.name)?;
    let free = used.kind.as_deref() == Some("dev")
        || tool.owners.contains(&package.name.as_str())
        || reasons::is_given(manifest, tool.name);
    (!free).then(|| {
        format!(
            "{} depends on {}, which is for {}: say why in a comment above it in the manifest",
            package.name,
            tool.name,
            tool.owners.join(" and ")
        )
    })
}
