//! What would break a client of the last release: OpenAPI, AsyncAPI and the error catalog, each
//! against its copy in `schemas/released`.
//!
//! A client was generated or written from the released contract. Whatever it sends must still be
//! taken, and whatever it gets must be what it was told. A break that is made on purpose stands in
//! `schemas/accepted-breaks.yaml` with its reason, and stays there.

mod accepted;
mod asyncapi;
mod errors;
mod openapi;
mod release;
mod schema;

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

pub(super) use release::release;

use accepted::Accepted;

/// Fails when something breaks that nobody accepted, or something is accepted that breaks nothing.
pub(super) fn check(root: &Path) -> Result<()> {
    let Some(version) = release::last(root)? else { return Ok(()) };
    let breaks = breaks(root, &version)?;
    let accepted = Accepted::read(root)?;
    let unaccepted = breaks.iter().filter(|made| !accepted.has(&version, made));
    let unaccepted: Vec<String> = unaccepted.map(|made| format!("- since: {version}\n  break: {made}")).collect();
    if !unaccepted.is_empty() {
        bail!(
            "clients of {version} would break; undo it, or accept it in {} with a reason:\n{}",
            accepted::FILE,
            unaccepted.join("\n")
        );
    }
    if let Some(stale) = accepted.since(&version).find(|named| !breaks.iter().any(|made| made == *named)) {
        bail!("{} accepts what breaks nothing: {stale}", accepted::FILE);
    }
    Ok(())
}

/// Everything that breaks a client of a release, a line each.
fn breaks(root: &Path, version: &str) -> Result<Vec<String>> {
    let folder = root.join(release::FOLDER).join(version);
    let both = |name: &str| -> Result<(Value, Value)> {
        Ok((read(&folder.join(name))?, read(&root.join("schemas").join(name))?))
    };
    let (old, new) = both("openapi.json")?;
    let mut breaks = openapi::breaks(&old, &new);
    let (old, new) = both("asyncapi.yaml")?;
    breaks.extend(asyncapi::breaks(&old, &new));
    let (old, new) = both("errors.yaml")?;
    breaks.extend(errors::breaks(&old, &new));
    breaks.sort_unstable();
    breaks.dedup();
    Ok(breaks)
}

/// A document in JSON or YAML, of which JSON is a part.
fn read(file: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_yaml_ng::from_str(&text).with_context(|| format!("{} is not YAML", file.display()))
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
