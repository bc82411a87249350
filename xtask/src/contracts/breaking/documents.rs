//! Which files are contracts, and what is in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

/// What clients of the REST API were made from.
pub(super) const API: &str = "openapi.json";
/// What subscribers were made from.
pub(super) const EVENTS: &str = "asyncapi.yaml";
/// What codes mean.
pub(super) const ERRORS: &str = "errors.yaml";
/// What a manifest may say.
const PROFILE: &str = "launchable-profile.v1.schema.json";
/// What agents are told to do: a folder, with a file for each kind of task.
const TASKS: &str = "node-tasks";

/// Contracts by their path below the folder that they were read from.
pub(super) type Documents = BTreeMap<String, Value>;

/// Those of a folder: `schemas`, or that of a release.
pub(super) fn read(folder: &Path) -> Result<Documents> {
    let read = |path: String| -> Result<(String, Value)> {
        let file = folder.join(&path);
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        // JSON is a part of YAML.
        let document = serde_yaml_ng::from_str(&text).with_context(|| format!("{} is not YAML", file.display()))?;
        Ok((path, document))
    };
    paths(folder)?.into_iter().map(read).collect()
}

/// Their paths.
pub(super) fn paths(folder: &Path) -> Result<Vec<String>> {
    let mut paths = [API, EVENTS, ERRORS, PROFILE].map(str::to_owned).to_vec();
    let tasks = folder.join(TASKS);
    for entry in fs::read_dir(&tasks).with_context(|| format!("cannot read {}", tasks.display()))? {
        let file = PathBuf::from(entry?.file_name());
        if file.extension().is_some_and(|extension| extension == "json") {
            paths.push(format!("{TASKS}/{}", file.display()));
        }
    }
    Ok(paths)
}

/// The kind of task that a path is of, if it is of one.
pub(super) fn task(path: &str) -> Option<&str> {
    path.strip_prefix(TASKS)?.strip_prefix('/')?.strip_suffix(".json")
}
