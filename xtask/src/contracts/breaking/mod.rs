//! What would break who knows the last release: the contracts of today, each against its copy in
//! `schemas/released`.
//!
//! A client was generated or written from the released contract. Whatever it sends must still be
//! taken, and whatever it gets must be what it was told, with more of what it leaves aside. The same
//! holds for a manifest, and for an agent and its tasks. A break that is made on purpose stands in
//! `schemas/accepted-breaks.yaml` with its reason, and stays there once it is released.

mod accepted;
mod asyncapi;
mod documents;
mod equal;
mod errors;
mod openapi;
mod release;
mod schema;

use std::path::Path;

use anyhow::{Result, bail, ensure};
use serde_json::Value;

pub(super) use release::release;

use accepted::Accepted;
use documents::Documents;
use schema::Comparison;

/// Fails when something breaks that nobody accepted, or something is accepted that breaks nothing.
pub(super) fn check(root: &Path) -> Result<()> {
    let accepted = Accepted::read(&root.join("schemas"))?;
    let released = root.join(release::FOLDER);
    if let Some(unknown) = accepted.releases().find(|version| !released.join(version).exists()) {
        bail!("{} names a release that is not in {}: {unknown}", accepted::FILE, release::FOLDER);
    }
    let Some(version) = release::last(root)? else { return Ok(()) };
    let released = released.join(&version);
    if let Some(removed) = accepted.removed(&Accepted::read(&released)?) {
        bail!("{} does not say any more what it said in {version}; put it back: {removed}", accepted::FILE);
    }
    let breaks = breaks(&documents::read(&released)?, &documents::read(&root.join("schemas"))?);
    let unaccepted = breaks.iter().filter(|made| !accepted.has(&version, made));
    let unaccepted: Vec<String> =
        unaccepted.map(|made| format!("- since: {version}\n  break: '{}'", made.replace('\'', "''"))).collect();
    ensure!(
        unaccepted.is_empty(),
        "clients of {version} would break; undo it, or accept it in {} with a reason:\n{}",
        accepted::FILE,
        unaccepted.join("\n")
    );
    if let Some(stale) = accepted.since(&version).find(|named| !breaks.iter().any(|made| made == *named)) {
        bail!("{} accepts what breaks nothing: {stale}", accepted::FILE);
    }
    Ok(())
}

/// Everything that breaks who knows the old contracts, a line each.
fn breaks(old: &Documents, new: &Documents) -> Vec<String> {
    let mut breaks = Vec::new();
    for (path, was) in old {
        breaks.extend(match (path.as_str(), new.get(path)) {
            (documents::API, Some(is)) => openapi::breaks(was, is),
            (documents::EVENTS, Some(is)) => asyncapi::breaks(was, is),
            (documents::ERRORS, Some(is)) => errors::breaks(was, is),
            (_, Some(is)) => by_schema(path, was, is),
            // An agent that is never given such a task misses nothing.
            (_, None) if documents::task(path).is_some() => Vec::new(),
            (_, None) => vec![format!("{path}: it is gone")],
        });
    }
    breaks.sort_unstable();
    breaks.dedup();
    breaks
}

/// What breaks a manifest, or an agent.
fn by_schema(path: &str, was: &Value, is: &Value) -> Vec<String> {
    let mut comparison = Comparison::new(was, is);
    match documents::task(path) {
        Some(kind) => comparison.ordered(was, is, &format!("task {kind}")),
        None => comparison.sent(was, is, "manifest"),
    }
    comparison.breaks
}

/// The members of an object; none of anything else.
fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// The items of an array; none of anything else.
fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests;
